//! The files of a company.

use std::fs;
use std::path::Path;

use super::{ACCOUNT, Failure, KINDS, cell, extension};

/// Writes the files of so many users; one in `differs` says something else than the account.
pub(super) fn write(folder: &Path, users: usize, differs: usize) -> Result<(), Failure> {
    let settings = format!("account: \"{ACCOUNT}\"\nprune: all\n");
    fs::write(folder.join("callrules.yaml"), settings)?;
    for (path, text) in [
        ("profiles/office.yaml", PROFILE.to_owned()),
        ("calendars/holidays.yaml", CALENDAR.to_owned()),
        ("contacts/partners.csv", partners()),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    // As large companies do: not all in one folder.
    for user in 0..users {
        let below = folder.join(format!("users/{:03}", user / 100));
        fs::create_dir_all(&below)?;
        let file = below.join(format!("{}.yaml", extension(user)));
        fs::write(file, text(user, differs))?;
    }
    Ok(())
}

/// The file of a user.
fn text(user: usize, differs: usize) -> String {
    let seconds = match user % differs == differs - 1 {
        true => 35,
        false => 25,
    };
    let kind = if user.is_multiple_of(KINDS) {
        ALONE
    } else {
        BY_PROFILE
    };
    kind.replace("EXTENSION", &extension(user))
        .replace("CELL", &cell(user))
        .replace("SECONDS", &seconds.to_string())
}

/// Contacts that every user with the profile takes calls from.
fn partners() -> String {
    let lines = (0..20).map(|n| format!("+1415555{:04},Partner {n}\n", 100 + n));
    format!("phoneNumber,name\n{}", lines.collect::<String>())
}

const CALENDAR: &str = "\
Thanksgiving: { start: 2026-11-26, end: 2026-11-27 }
Christmas Eve: { start: 2026-12-24T12:00, end: 2026-12-24 }
Christmas Day: 2026-12-25
New Year's Day: 2027-01-01
";

const PROFILE: &str = "\
# Everybody who works in an office.
interactionRules:
  Public holidays:
    conditions: { schedule: { calendar: holidays } }
    dispatching: { type: Terminate, terminate: voicemail }
  Partners:
    conditions: { callerIds: [{ contacts: partners }], state: after-hours }
    dispatching: { type: Terminate, terminate: { extension: Front desk } }

states:
  work-hours:
    schedule: { weekly: { mon-thu: 08:00-17:00, fri: 08:00-15:00 } }
";

const BY_PROFILE: &str = "\
# yaml-language-server: $schema=../../schemas/user.schema.json
extension: \"EXTENSION\"
profiles: [office]

interactionRules:
  Important customers:
    conditions:
      callerIds:
        - { phoneNumber: \"+16501111111\", name: Kristina Grant }
        - { phoneNumber: \"+16502222222\", name: Sandra Bell }
        - { phoneNumber: \"+16503333333\", name: David Peterson }
    dispatching:
      type: RingInOrder
      ring:
        - { targets: [mobileApps, desktopApps], seconds: 20 }
        - { targets: [{ phoneNumber: \"CELL\", name: Cell }], seconds: SECONDS }
      noAnswer: voicemail
  Lunch:
    conditions: { schedule: { weekly: { mon-fri: 12:00-13:00 } }, callerIds: [\"+16505550188\"] }
    dispatching: { type: Terminate, terminate: { extension: Front desk } }
  Conference:
    conditions: { schedule: { ranges: [{ start: 2027-02-01, end: 2027-02-05 }] }, callerIds: [\"+16505550189\"] }
    dispatching: { type: Terminate, terminate: { phoneNumber: \"CELL\" } }
";

const ALONE: &str = "\
# yaml-language-server: $schema=../../schemas/user.schema.json
extension: \"EXTENSION\"

interactionRules:
  Important customers:
    conditions:
      callerIds:
        - { phoneNumber: \"+16501111111\", name: Kristina Grant }
        - { phoneNumber: \"+16502222222\", name: Sandra Bell }
        - { phoneNumber: \"+16503333333\", name: David Peterson }
      state: after-hours
    dispatching:
      type: RingInOrder
      ring:
        - { targets: [mobileApps], seconds: 20 }
        - { targets: [{ phoneNumber: \"CELL\", name: Cell }], seconds: SECONDS }
      noAnswer: voicemail
  Project:
    conditions: { callerIds: [\"+16505550180\", \"+16505550181\"] }
    dispatching:
      type: RingAtOnce
      ring: [{ targets: [desktopApps, mobileApps, { phoneNumber: \"CELL\" }], seconds: 30 }]
      noAnswer: { extension: Front desk }
  Team meeting:
    conditions: { schedule: { weekly: { tue: 9:00-10:30 } }, callerIds: [\"+16505550188\"] }
    dispatching: { type: Terminate, terminate: voicemail }
  Leave:
    conditions: { schedule: { ranges: [{ start: 2026-12-24T12:00, end: 2027-01-01 }] } }
    queueCallsIncluded: true
    dispatching: { type: Terminate, terminate: { extension: \"900\" } }
  Own desk:
    conditions: { callerIds: [\"+16505550182\"], state: work-hours }
    dispatching: { type: Terminate, terminate: { phoneNumber: \"CELL\" } }

states:
  work-hours:
    schedule:
      weekly:
        mon-thu: 09:00-17:00
        fri: [09:00-12:00, 13:00-15:00]
    dispatching:
      type: RingInOrder
      ring: [{ targets: [desktopApps, mobileApps], seconds: 30 }]
      noAnswer: voicemail
  after-hours:
    dispatching: { type: Terminate, terminate: voicemail }
";
