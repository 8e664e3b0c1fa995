//! Writes the configuration files of a company.

use std::fs;
use std::path::Path;

use super::{ACCOUNT, BenchError, USER_KINDS, cell_number, extension_number};

/// Writes the files of this many users; one in `differs` differs from the account.
pub(super) fn write_repository(
    folder: &Path,
    users: usize,
    differs: usize,
) -> Result<(), BenchError> {
    let settings = format!("account: \"{ACCOUNT}\"\nprune: all\n");
    fs::write(folder.join("callrules.yaml"), settings)?;
    for (path, text) in [
        ("profiles/office.yaml", OFFICE_PROFILE.to_owned()),
        ("calendars/holidays.yaml", HOLIDAYS_CALENDAR.to_owned()),
        ("contacts/partners.csv", partner_contacts()),
    ] {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap_or(folder))?;
        fs::write(path, text)?;
    }
    // Large companies use several folders.
    for user in 0..users {
        let below = folder.join(format!("users/{:03}", user / 100));
        fs::create_dir_all(&below)?;
        let file = below.join(format!("{}.yaml", extension_number(user)));
        fs::write(file, user_file_text(user, differs))?;
    }
    Ok(())
}

/// Returns the file of a user.
fn user_file_text(user: usize, differs: usize) -> String {
    let seconds = if user % differs == differs - 1 {
        35
    } else {
        25
    };
    let kind = if user.is_multiple_of(USER_KINDS) {
        USER_WITHOUT_PROFILE
    } else {
        USER_WITH_PROFILE
    };
    kind.replace("EXTENSION", &extension_number(user))
        .replace("CELL", &cell_number(user))
        .replace("SECONDS", &seconds.to_string())
}

/// Returns the contacts in the conditions of every user with the profile.
fn partner_contacts() -> String {
    let lines = (0..20).map(|n| format!("+1415555{:04},Partner {n}\n", 100 + n));
    format!("phoneNumber,name\n{}", lines.collect::<String>())
}

const HOLIDAYS_CALENDAR: &str = "\
Thanksgiving: { start: 2026-11-26, end: 2026-11-27 }
Christmas Eve: { start: 2026-12-24T12:00, end: 2026-12-24 }
Christmas Day: 2026-12-25
New Year's Day: 2027-01-01
";

const OFFICE_PROFILE: &str = "\
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

const USER_WITH_PROFILE: &str = "\
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

const USER_WITHOUT_PROFILE: &str = "\
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
