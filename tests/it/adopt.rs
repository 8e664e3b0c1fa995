//! `callrules adopt` writes edits by hand into the files.

use std::collections::BTreeSet;
use std::fs;

use callrules::{
    Account, AdoptOptions, AdoptOutcome, ClientConfig, PlanOptions, Repository, RunProgress,
    RunTime,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::changed::{commit, git};
use crate::drift::{HandEdit, list_edits, start_account, write_user};
use crate::support::{TestEnv, forwarding, single_user_seed};

const TIME: RunTime = RunTime::Local(jiff::civil::date(2026, 11, 21).at(9, 0, 0, 0));

const USER_FILE: &str = "users/101-alex-morgan.yaml";
const PROFILE: &str = "profiles/base.yaml";

fn options() -> AdoptOptions {
    AdoptOptions {
        users: Vec::new(),
        rules: Vec::new(),
        into_profile: None,
        force: false,
        time: TIME,
    }
}

fn connect(env: &TestEnv) -> Account {
    let environment = env.environment();
    let find = |name: &str| environment.iter().find(|(key, _)| *key == name);
    Account::connect(ClientConfig::from_env(|name| Some(find(name)?.1.clone())).unwrap()).unwrap()
}

/// Adopts in process and writes the files. Returns the outcome and the number of changes in the
/// next plan.
fn adopt(env: &TestEnv, options: &AdoptOptions) -> (AdoptOutcome, usize) {
    env.block_on(async {
        let account = connect(env);
        let progress = RunProgress::default();
        let (repository, _) = Repository::open(env.path()).unwrap();
        let outcome = callrules::adopt(&repository, &account, options, &progress)
            .await
            .unwrap();
        callrules::save_adopted(env.path(), &outcome.files).unwrap();
        let (repository, _) = Repository::open(env.path()).unwrap();
        let plan = callrules::plan(&repository, &account, &PlanOptions::new(TIME), &progress)
            .await
            .unwrap();
        account.close().await;
        let changes = plan.plan.users.iter().map(|user| user.changes.len());
        (outcome, changes.sum())
    })
}

/// Like [`adopt`], and asserts that everything was adopted.
fn assert_adopted(env: &TestEnv, options: &AdoptOptions, name: &str) {
    let (outcome, changes) = adopt(env, options);
    assert!(outcome.is_complete(), "{name}: {outcome:#?}");
    assert_eq!(changes, 0, "{name}: {outcome:#?}");
}

fn read(env: &TestEnv, path: &str) -> String {
    fs::read_to_string(env.path().join(path)).unwrap()
}

/// Returns the lines that differ.
fn changed_lines(before: &str, after: &str) -> String {
    let diff = similar::TextDiff::from_lines(before, after);
    let changes = diff
        .iter_all_changes()
        .filter(|change| change.tag() != similar::ChangeTag::Equal);
    changes
        .map(|change| format!("{}{}", change.tag(), change.value()))
        .collect()
}

/// Returns the lines of the old text that are not in the new one, without blank lines.
fn removed_lines(before: &str, after: &str) -> BTreeSet<String> {
    let diff = similar::TextDiff::from_lines(before, after);
    let removed = diff
        .iter_all_changes()
        .filter(|change| change.tag() == similar::ChangeTag::Delete);
    removed
        .map(|change| change.value().trim_end().to_owned())
        .filter(|line| !line.is_empty())
        .collect()
}

/// Imports user 101 and makes the account as the file declares.
fn import(env: &TestEnv) -> String {
    assert_eq!(env.run(&["import", "--user", "101"]).code, 0);
    env.apply();
    read(env, USER_FILE)
}

/// Edits the user on the account by hand.
fn edit_by_hand(env: &TestEnv, change: impl FnOnce(&mut Value)) {
    let mut user = env.user("101");
    change(&mut user);
    write_user(env, &user);
}

/// Writes a value at a JSON pointer; `-` appends to a list.
fn edit(body: &mut Value, pointer: &str, value: Value) {
    match pointer.strip_suffix("/-") {
        Some(list) => {
            let list = body.pointer_mut(list).unwrap().as_array_mut().unwrap();
            list.push(value);
        }
        None => *body.pointer_mut(pointer).unwrap() = value,
    }
}

#[test]
fn every_edit_by_hand_is_adopted() {
    let env = start_account();
    let original = import(&env);
    let before = env.user("101");
    let mut changes = String::new();
    for HandEdit { name, edit, .. } in list_edits() {
        let mut edited = before.clone();
        edit(&mut edited);
        write_user(&env, &edited);
        env.write(USER_FILE, &original);
        assert_adopted(&env, &options(), &name);
        let adopted = read(&env, USER_FILE);
        changes += &format!("{name}\n{}", changed_lines(&original, &adopted));
    }
    insta::assert_snapshot!(changes, @r#"
    rule: CallDispatching.dispatch_type
    -      type: RingInOrder
    +      type: RingAtOnce
    rule: CallDispatching.greeting GreetingSetting::On GreetingSource::Preset
    +      greeting: {preset: Default}
    rule: CallDispatching.greeting GreetingSource::Custom
    +      greeting: {custom: "5550001"}
    rule: CallDispatching.connecting_message
    +      connectingMessage: {preset: Default}
    rule: CallDispatching.connecting_audio
    +      connectingAudio: {preset: Acoustic}
    rule: CallDispatching.screening CallScreening::On
    +      screening: {when: NoCallerId, result: AskToAnswer}
    rule: RingGroup.enabled
    -        - {targets: [desktopApps], seconds: 20}
    +        - {targets: [desktopApps], seconds: 20, enabled: false}
    rule: RingGroup.enabled
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30, enabled: false}
    rule: RingGroup.seconds
    -        - {targets: [mobileApps], seconds: 25}
    +        - {targets: [mobileApps], seconds: 55}
    rule: RingTarget::PhoneNumber
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13129999999", name: Cell}], seconds: 30}
    rule: CallDispatching.ring
    +        - targets: [{phoneNumber: "+16505550177", name: Mallory}]
    +          seconds: 20
    rule: CallDispatching.ring_always RingTarget::Apps
    -        - {targets: [mobileApps], seconds: 25}
    +      ringAlways: [mobileApps]
    rule: CallDispatching.no_answer CallDestination::Announcement
    -      noAnswer: voicemail
    +      noAnswer: {announcement: {preset: Not available}}
    rule: CallDestination::Extension
    -      noAnswer: voicemail
    +      noAnswer: {extension: "102"}
    rule: CallDestination::PhoneNumber
    -      noAnswer: voicemail
    +      noAnswer: {phoneNumber: "+16505550177"}
    rule: CallDestination::CloudConnector
    -      noAnswer: voicemail
    +      noAnswer:
    +        cloudConnector: {integrationId: i-1, extensionNumber: "5", name: Bot}
    rule: CallDestination::Other
    -      noAnswer: voicemail
    +      noAnswer: {type: ImsVoiceMailTerminatingTarget, dispatchingType: Ringing}
    rule: RingTarget::Apps
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {mobileAppsOf: "102"}], seconds: 30}
    rule: RingTarget::Coworker
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {coworker: "102"}], seconds: 30}
    rule: RingTarget::Device
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {device: "7009", extension: "102"}], seconds: 30}
    rule: RingTarget::Hotdesk
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, hotdesk], seconds: 30}
    rule: RingTarget::ImsPhoneNumber
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {imsPhoneNumber: "+16505550177"}], seconds: 30}
    rule: RingTarget::FmcPhoneNumber
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {fmcPhoneNumber: "+16505550177"}], seconds: 30}
    rule: RingTarget::Integration
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {integration: FmcLite}], seconds: 30}
    rule: RingTarget::CloudConnector
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {cloudConnector: {integrationId: i-1, extensionNumber: "5", name: Bot}}], seconds: 30}
    rule: RingTarget::Other
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {type: FutureRingTarget}], seconds: 30}
    work hours: CallDispatching.dispatch_type
    -      type: RingInOrder
    +      type: RingAtOnce
    work hours: CallDispatching.greeting GreetingSetting::On GreetingSource::Preset
    +      greeting: {preset: Default}
    work hours: CallDispatching.greeting GreetingSource::Custom
    +      greeting: {custom: "5550001"}
    work hours: CallDispatching.connecting_message
    +      connectingMessage: {preset: Default}
    work hours: CallDispatching.connecting_audio
    +      connectingAudio: {preset: Acoustic}
    work hours: CallDispatching.screening CallScreening::On
    +      screening: {when: NoCallerId, result: AskToAnswer}
    work hours: RingGroup.enabled
    -        - {targets: [desktopApps], seconds: 20}
    +        - {targets: [desktopApps], seconds: 20, enabled: false}
    work hours: RingGroup.enabled
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30, enabled: false}
    work hours: RingGroup.seconds
    -        - {targets: [mobileApps], seconds: 25}
    +        - {targets: [mobileApps], seconds: 55}
    work hours: RingTarget::PhoneNumber
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13129999999", name: Cell}], seconds: 30}
    work hours: CallDispatching.ring
    +        - targets: [{phoneNumber: "+16505550177", name: Mallory}]
    +          seconds: 20
    work hours: CallDispatching.ring_always RingTarget::Apps
    -        - {targets: [mobileApps], seconds: 25}
    +      ringAlways: [mobileApps]
    work hours: CallDispatching.no_answer CallDestination::Announcement
    -      noAnswer: voicemail
    +      noAnswer: {announcement: {preset: Not available}}
    work hours: CallDestination::Extension
    -      noAnswer: voicemail
    +      noAnswer: {extension: "102"}
    work hours: CallDestination::PhoneNumber
    -      noAnswer: voicemail
    +      noAnswer: {phoneNumber: "+16505550177"}
    work hours: CallDestination::CloudConnector
    -      noAnswer: voicemail
    +      noAnswer:
    +        cloudConnector: {integrationId: i-1, extensionNumber: "5", name: Bot}
    work hours: CallDestination::Other
    -      noAnswer: voicemail
    +      noAnswer: {type: ImsVoiceMailTerminatingTarget, dispatchingType: Ringing}
    work hours: RingTarget::Apps
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {mobileAppsOf: "102"}], seconds: 30}
    work hours: RingTarget::Coworker
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {coworker: "102"}], seconds: 30}
    work hours: RingTarget::Device
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {device: "7009", extension: "102"}], seconds: 30}
    work hours: RingTarget::Hotdesk
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, hotdesk], seconds: 30}
    work hours: RingTarget::ImsPhoneNumber
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {imsPhoneNumber: "+16505550177"}], seconds: 30}
    work hours: RingTarget::FmcPhoneNumber
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {fmcPhoneNumber: "+16505550177"}], seconds: 30}
    work hours: RingTarget::Integration
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {integration: FmcLite}], seconds: 30}
    work hours: RingTarget::CloudConnector
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {cloudConnector: {integrationId: i-1, extensionNumber: "5", name: Bot}}], seconds: 30}
    work hours: RingTarget::Other
    -        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}, {type: FutureRingTarget}], seconds: 30}
    user: RuleDefinition.enabled
    +    enabled: false
    user: RuleDefinition.name
    -  Ringer:
    +  Renamed:
    user: RuleDefinition.queue_calls_included
    +    queueCallsIncluded: true
    user: RuleDefinition.conditions CallerId.number
    -        - {phoneNumber: "+16501111111", name: Ann}
    +        - {phoneNumber: "+16507777777", name: Ann}
    user: CallerId.name
    -        - {phoneNumber: "+16502222222", name: Bob}
    +        - {phoneNumber: "+16502222222", name: Robert}
    user: RuleConditions.caller_ids
    +        - {phoneNumber: "+16508888888", name: Eve}
    user: RuleConditions.called_numbers
    +      calledNumbers: ["+16505550101"]
    user: RuleConditions.schedule
    +      schedule:
    +        start: "2026-12-01"
    +        end: 2027-02-01T08:00
    +        weekly: {mon: 08:00-16:00}
    user: RuleConditions.schedule
    -      schedule:
    -        start: "2026-12-01"
    -        end: 2027-02-01T08:00
    -        weekly: {mon: 08:00-16:00}
    user: RuleConditions.state
    +      state: work-hours
    user: CallSchedule.start
    -        start: "2026-12-01"
    +        start: "2026-12-24"
    user: CallSchedule.end
    -        end: 2027-02-01T08:00
    +        end: 2027-03-01T08:00
    user: CallSchedule.week
    -        weekly: {mon: 08:00-16:00}
    +        weekly: {mon: 08:00-17:00}
    user: CallSchedule.ranges
    +        ranges: ["2026-12-25"]
    user: CallSchedule.other
    +        other: [{triggerType: Monthly}]
    user: CallDispatching.terminate CallDestination::PhoneNumber
    -      terminate: {phoneNumber: "+14082324343", name: Mobile}
    +      terminate: {phoneNumber: "+16505550177"}
    user: CallDispatching.terminate CallDestination::Voicemail
    -      terminate: {phoneNumber: "+14082324343", name: Mobile}
    +      terminate: voicemail
    user: RingGroup.start_offset
    -        - {targets: [mobileApps], seconds: 25, startOffset: 10}
    +        - {targets: [mobileApps], seconds: 25, startOffset: 15}
    user: RuleDefinition added
    +  By hand:
    +    conditions:
    +      callerIds:
    +        - {phoneNumber: "+16501111111", name: Ann}
    +        - {phoneNumber: "+16502222222", name: Bob}
    +    dispatching:
    +      type: RingInOrder
    +      ring:
    +        - {targets: [desktopApps], seconds: 20}
    +        - {targets: [mobileApps], seconds: 25}
    +        - {targets: [{phoneNumber: "+13121234567", name: Cell}], seconds: 30}
    +        - {targets: [deskPhones], seconds: 40, enabled: false}
    +      noAnswer: voicemail
    +      terminate: voicemail
    user: RuleDefinition.dispatching deleted
    -  Forwarder:
    -    conditions:
    -      callerIds: [{phoneNumber: "+16503333333", name: Someone}]
    -      schedule:
    -        start: "2026-12-01"
    -        end: 2027-02-01T08:00
    -        weekly: {mon: 08:00-16:00}
    -    dispatching:
    -      type: Terminate
    -      ring:
    -        - {targets: [mobileApps], seconds: 40}
    -        - {targets: [desktopApps], seconds: 50}
    -        - {targets: [deskPhones], seconds: 40, enabled: false}
    -      terminate: {phoneNumber: "+14082324343", name: Mobile}
    user: StateRule.state StateSettings.schedule StateSchedule::Own
    -      weekly: {mon: 08:00-16:00}
    +      weekly: {mon: 08:00-12:00}
    user: StateSchedule::Inherited
    -    schedule: work-hours
    +    schedule:
    +      weekly: {mon: 08:00-16:00}
    "#);
}

/// How a file with the same meaning is written.
#[derive(Debug, Clone, Copy, PartialEq)]
enum FileStyle {
    Imported,
    /// With a comment after each line.
    Commented,
    /// With CRLF, and without a line break at the end.
    Windows,
    /// With all rules and states in a profile.
    Profile,
    /// Like `Profile`, and the profile is changed.
    IntoProfile,
}

impl FileStyle {
    const ALL: [FileStyle; 5] = [
        FileStyle::Imported,
        FileStyle::Commented,
        FileStyle::Windows,
        FileStyle::Profile,
        FileStyle::IntoProfile,
    ];

    /// Returns the texts of the user file and of the profile.
    fn write(self, imported: &str) -> (String, Option<String>) {
        match self {
            FileStyle::Imported => (imported.to_owned(), None),
            FileStyle::Commented => {
                let comment = |(number, line): (usize, &str)| format!("{line} # after {number}\n");
                (imported.lines().enumerate().map(comment).collect(), None)
            }
            FileStyle::Windows => (imported.trim_end().replace('\n', "\r\n"), None),
            FileStyle::Profile | FileStyle::IntoProfile => {
                let (head, rest) = imported.split_once("interactionRules:").unwrap();
                (
                    format!("{head}profiles: [base]\n"),
                    Some(format!("interactionRules:{rest}")),
                )
            }
        }
    }

    /// Returns a line without the comment of this style.
    fn plain(self, line: &str) -> &str {
        match self {
            FileStyle::Commented => line.split(" # after").next().unwrap_or(line),
            _ => line,
        }
    }

    fn options(self) -> AdoptOptions {
        AdoptOptions {
            into_profile: (self == FileStyle::IntoProfile).then(|| "base".to_owned()),
            ..options()
        }
    }
}

/// The account of [`start_account`] with a file of any style.
struct EditedAccount {
    env: TestEnv,
    imported: String,
    before: Value,
    edits: Vec<HandEdit>,
}

impl EditedAccount {
    fn start() -> Self {
        let env = start_account();
        let imported = import(&env);
        fs::remove_file(env.path().join(USER_FILE)).unwrap();
        EditedAccount {
            before: env.user("101"),
            env,
            imported,
            edits: list_edits(),
        }
    }

    /// Returns the user after an edit.
    fn edited(&self, edit: usize) -> Value {
        let mut user = self.before.clone();
        (self.edits[edit].edit)(&mut user);
        user
    }

    /// Returns whether a rule has lost its name, by which other edits find it.
    fn loses_a_rule(&self, edit: usize) -> bool {
        let names = |user: &Value| -> Vec<Value> {
            let rules = user["interactionRules"].as_array().unwrap().iter();
            rules.map(|rule| rule["displayName"].clone()).collect()
        };
        let after = names(&self.edited(edit));
        !names(&self.before).iter().all(|name| after.contains(name))
    }

    /// Returns whether a rule has lost a condition, which a file can't take from its profile.
    fn loses_a_condition(&self, edit: usize) -> bool {
        let counts = |user: &Value| -> Vec<usize> {
            let rules = user["interactionRules"].as_array().unwrap().iter();
            rules
                .map(|rule| rule["conditions"].as_array().unwrap().len())
                .collect()
        };
        let (before, after) = (counts(&self.before), counts(&self.edited(edit)));
        before
            .iter()
            .zip(&after)
            .any(|(before, after)| after < before)
    }

    /// Makes edits by hand, adopts them, and returns the lines that were removed from the files.
    fn adopt(&self, style: FileStyle, edits: &[usize]) -> BTreeSet<String> {
        let names: Vec<&str> = edits.iter().map(|edit| &*self.edits[*edit].name).collect();
        let name = format!("{style:?}: {}", names.join(", "));
        let mut user = self.before.clone();
        for edit in edits {
            (self.edits[*edit].edit)(&mut user);
        }
        write_user(&self.env, &user);
        let (file, profile) = style.write(&self.imported);
        self.env.write(USER_FILE, &file);
        match &profile {
            Some(profile) => self.env.write(PROFILE, profile),
            None => drop(fs::remove_file(self.env.path().join(PROFILE))),
        }
        assert_adopted(&self.env, &style.options(), &name);
        let mut removed = removed_lines(&file, &read(&self.env, USER_FILE));
        if let Some(profile) = profile {
            removed.extend(removed_lines(&profile, &read(&self.env, PROFILE)));
        }
        removed
    }
}

/// The number of generated sets of edits if `CALLRULES_ADOPT_SETS` is not set.
const DEFAULT_SETS: u32 = 60;

#[test]
fn generated_edits_are_adopted_and_change_no_other_line() {
    let account = EditedAccount::start();
    let count = account.edits.len();
    // An edit alone shows which lines it is about.
    let alone: Vec<BTreeSet<String>> = (0..count)
        .map(|edit| account.adopt(FileStyle::Imported, &[edit]))
        .collect();
    // An edit that removes what others edit comes last.
    let (last, first): (Vec<usize>, Vec<usize>) = (0..count)
        .partition(|edit| account.loses_a_rule(*edit) || account.loses_a_condition(*edit));
    let sets = (
        prop::sample::subsequence(first, 1..=8),
        prop::option::of(prop::sample::select(last)),
    );
    let sets = sets.prop_map(|(first, last)| first.into_iter().chain(last).collect::<Vec<_>>());
    let styles = prop::sample::select(&FileStyle::ALL[..]);
    let cases =
        std::env::var("CALLRULES_ADOPT_SETS").map_or(DEFAULT_SETS, |sets| sets.parse().unwrap());
    proptest!(ProptestConfig::with_cases(cases), |(mut edits in sets, style in styles)| {
        if style == FileStyle::Profile {
            edits.retain(|edit| !account.loses_a_condition(*edit));
        }
        let removed = account.adopt(style, &edits);
        let expected: BTreeSet<&str> = edits.iter().flat_map(|edit| &alone[*edit]).map(String::as_str).collect();
        // Profiles that are not changed are overridden, which removes nothing.
        let may_remove = |line: &String| style != FileStyle::Profile && expected.contains(style.plain(line));
        let other: Vec<&String> = removed.iter().filter(|line| !may_remove(line)).collect();
        prop_assert!(other.is_empty(), "{edits:?}: {other:?}\n{}", read(&account.env, USER_FILE));
    });
}

/// Returns an account with a rule for two callers.
fn start_simple_account() -> TestEnv {
    TestEnv::new(single_user_seed(json!([forwarding(
        "VIP",
        "+16501111111",
        "+14082324343"
    )])))
}

const SIMPLE_RULE: &str = "    dispatching: { type: Terminate, terminate: { phoneNumber: \"+14082324343\", name: Mobile } }\n";

#[test]
fn calendar_is_named_and_left() {
    let env = start_simple_account();
    env.write("calendars/days.yaml", "Moving: 2026-12-01\n");
    let file = format!(
        "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {{ callerIds: [{{ phoneNumber: \"+16501111111\", name: Someone }}], schedule: {{ calendar: days }} }}\n{SIMPLE_RULE}"
    );
    env.write("users/alex.yaml", &file);
    env.apply();
    edit_by_hand(&env, |user| {
        edit(user, "/interactionRules/0/enabled", json!(false));
        let conditions = user["interactionRules"][0]["conditions"]
            .as_array_mut()
            .unwrap();
        let schedule = conditions
            .iter_mut()
            .find(|one| one["type"] == "Schedule")
            .unwrap();
        edit(
            schedule,
            "/schedule/triggers/0/ranges/0/endDateTime",
            json!("2026-12-05T23:59:59"),
        );
    });
    let run = env.run(&["adopt", "--format", "json"]);
    assert_eq!(run.code, 1, "{}{}", run.out, run.err);
    insta::assert_snapshot!(run.out, @r#"
    {
      "formatVersion": "1.0",
      "callrules": "0.1.0",
      "written": true,
      "files": [
        {
          "file": "users/alex.yaml",
          "users": [
            "101"
          ],
          "changes": [
            {
              "user": "101",
              "action": "change",
              "resource": "interactionRule",
              "name": "VIP",
              "paths": [
                "enabled"
              ]
            }
          ]
        }
      ],
      "notAdopted": [
        {
          "user": "101",
          "resource": "interactionRule",
          "name": "VIP",
          "reason": "`schedule` comes from the calendar `days`, which other rules may use: change it there, or write the values into the rule"
        }
      ],
      "leftOut": []
    }
    "#);
    insta::assert_snapshot!(run.err, @r#"
    users/alex.yaml
        extension: "101"
        interactionRules:
          VIP:
      +     enabled: false
            conditions: { callerIds: [{ phoneNumber: "+16501111111", name: Someone }], schedule: { calendar: days } }
            dispatching: { type: Terminate, terminate: { phoneNumber: "+14082324343", name: Mobile } }

    Adopt: 1 change in 1 file
    error: the rule `VIP` of 101 was not adopted: `schedule` comes from the calendar `days`, which other rules may use: change it there, or write the values into the rule
    "#);
    insta::assert_snapshot!(changed_lines(&file, &read(&env, "users/alex.yaml")), @"+    enabled: false");
    // A date that the account has besides the calendar's is added to the rule.
    env.write("users/alex.yaml", &file);
    env.apply();
    edit_by_hand(&env, |user| {
        let conditions = user["interactionRules"][0]["conditions"]
            .as_array_mut()
            .unwrap();
        let schedule = conditions
            .iter_mut()
            .find(|one| one["type"] == "Schedule")
            .unwrap();
        let range =
            json!({ "startDateTime": "2026-12-24T00:00:00", "endDateTime": "2026-12-24T23:59:59" });
        edit(schedule, "/schedule/triggers/0/ranges/-", range);
    });
    assert_adopted(&env, &options(), "date");
    insta::assert_snapshot!(changed_lines(&file, &read(&env, "users/alex.yaml")), @r#"
    -    conditions: { callerIds: [{ phoneNumber: "+16501111111", name: Someone }], schedule: { calendar: days } }
    +    conditions: { callerIds: [{ phoneNumber: "+16501111111", name: Someone }], schedule: { calendar: days, ranges: ["2026-12-24"] } }
    "#);
}

#[test]
fn caller_is_added_next_to_contacts() {
    let env = start_simple_account();
    env.write("contacts/vip.yaml", "- +16501111111\n- +16502222222\n");
    let file = format!(
        "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions:\n      callerIds:\n        - contacts: vip # all of them\n{SIMPLE_RULE}"
    );
    env.write("users/alex.yaml", &file);
    env.apply();
    let callers = "/interactionRules/0/conditions/0/from";
    edit_by_hand(&env, |user| {
        edit(
            user,
            &format!("{callers}/-"),
            json!({ "phoneNumber": "+16503333333", "name": "Eve" }),
        );
    });
    assert_adopted(&env, &options(), "caller");
    insta::assert_snapshot!(changed_lines(&file, &read(&env, "users/alex.yaml")), @r#"+        - { phoneNumber: "+16503333333", name: Eve }"#);
    edit_by_hand(&env, |user| {
        user.pointer_mut(callers)
            .unwrap()
            .as_array_mut()
            .unwrap()
            .remove(0);
    });
    let (outcome, changes) = adopt(&env, &options());
    assert_eq!((outcome.files.len(), changes), (0, 1));
    insta::assert_snapshot!(outcome.not_adopted[0].part.reason, @"`callerIds` comes from the list of contacts `vip`, which other rules may use: change it there, or write the values into the rule");
}

#[test]
fn anchors_and_comments_stay() {
    let env = start_simple_account();
    let file = "\
extension: \"101\" # Alex
interactionRules:
  # Important callers
  VIP:
    conditions: &calls { callerIds: [+16501111111, +16502222222] } # both
    dispatching: &mobile # the mobile
      type: Terminate
      terminate: { phoneNumber: \"+14082324343\" }
  # The same at night
  Night:
    conditions: { callerIds: [+16501111111, +16502222222], state: after-hours }
    dispatching: *mobile
  Weekend:
    conditions: *calls
    queueCallsIncluded: true
    dispatching: *mobile
";
    env.write("users/alex.yaml", file);
    let run = env.run(&["apply", "--auto-approve"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    edit_by_hand(&env, |user| {
        for rule in user["interactionRules"].as_array_mut().unwrap() {
            if rule["displayName"] == "VIP" {
                edit(
                    rule,
                    "/conditions/0/from/1/phoneNumber",
                    json!("+16509999999"),
                );
            } else if rule["displayName"] == "Night" {
                let targets = rule["dispatching"]["actions"]
                    .as_array_mut()
                    .unwrap()
                    .iter_mut();
                for target in targets.flat_map(|action| action["targets"].as_array_mut().unwrap()) {
                    if let Some(number) = target.pointer_mut("/destination/phoneNumber") {
                        *number = json!("+16505550177");
                    }
                }
            }
        }
    });
    assert_adopted(&env, &options(), "anchors");
    insta::assert_snapshot!(changed_lines(file, &read(&env, "users/alex.yaml")), @r#"
    -    conditions: &calls { callerIds: [+16501111111, +16502222222] } # both
    +    conditions: { callerIds: [+16501111111, { phoneNumber: "+16509999999", name: "+16502222222" }] } # both
    -    dispatching: *mobile
    +    dispatching:
    +      type: Terminate
    +      terminate: { phoneNumber: "+16505550177" }
    -    conditions: *calls
    +    conditions: &calls
    +      callerIds: ["+16501111111", "+16502222222"]
    "#);
}

#[test]
fn profile_is_changed_only_if_all_of_its_users_have_the_same() {
    let mut seed = single_user_seed(json!([]));
    seed["extensions"][1]["devices"] = json!([]);
    let env = TestEnv::new(seed);
    let profile = "\
# Everyone
interactionRules:
  Closed:
    conditions: { callerIds: [+16501111111] } # one
    dispatching: { type: Terminate, terminate: voicemail }
";
    env.write(PROFILE, profile);
    for number in ["101", "102"] {
        env.write(
            &format!("users/{number}.yaml"),
            &format!("extension: \"{number}\"\nprofiles: [base]\n"),
        );
    }
    env.apply();
    let set_all = |number: &str, pointer: &str, value: Value| {
        env.sandbox().edit(|account| {
            let extension = account.extension_mut(number).unwrap();
            edit(&mut extension.interaction_rules[0], pointer, value);
        });
    };
    for number in ["101", "102"] {
        set_all(
            number,
            "/conditions/0/from/0/phoneNumber",
            json!("+16507777777"),
        );
    }
    set_all("102", "/enabled", json!(false));
    let run = env.run(&["adopt", "--user", "101", "--into-profile", "base"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    assert!(!run.out.contains("users/102.yaml"), "{}", run.out);
    env.write(PROFILE, profile);
    let run = env.run(&["adopt", "--into-profile", "base"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    insta::assert_snapshot!(run.out, @r#"
    profiles/base.yaml
        # Everyone
        interactionRules:
          Closed:
      -     conditions: { callerIds: [+16501111111] } # one
      +     conditions: { callerIds: [{ phoneNumber: "+16507777777", name: "+16501111111" }] } # one
            dispatching: { type: Terminate, terminate: voicemail }

    users/102.yaml
        extension: "102"
        profiles: [base]
      + interactionRules:
      +   Closed:
      +     enabled: false

    Adopt: 3 changes in 2 files
    wrote profiles/base.yaml
    wrote users/102.yaml
    "#);
    insta::assert_snapshot!(changed_lines(profile, &read(&env, PROFILE)), @r#"
    -    conditions: { callerIds: [+16501111111] } # one
    +    conditions: { callerIds: [{ phoneNumber: "+16507777777", name: "+16501111111" }] } # one
    "#);
    insta::assert_snapshot!(read(&env, "users/102.yaml"), @r#"
    extension: "102"
    profiles: [base]
    interactionRules:
      Closed:
        enabled: false
    "#);
    assert_eq!(env.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn uncommitted_files_are_refused() {
    let env = start_simple_account();
    let file = format!(
        "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: {{ callerIds: [+1650] }}\n{SIMPLE_RULE}"
    );
    env.write("users/alex.yaml", &file);
    git(env.path(), &["init", "-q"]);
    commit(env.path());
    env.write("users/alex.yaml", &(file.clone() + "# new\n"));
    let run = env.run(&["adopt"]);
    assert_eq!(run.code, 1);
    insta::assert_snapshot!(run.err, @"
    error: users/alex.yaml has changes that are not committed
    help: commit or undo them first, so that git shows what was adopted; or add `--force`
    ");
    assert_eq!(env.run(&["adopt", "--dry-run"]).code, 0);
    assert_eq!(read(&env, "users/alex.yaml"), file.clone() + "# new\n");
    env.write("users/alex.yaml", &file);
    assert_eq!(env.run(&["adopt"]).code, 0);
    env.write("users/alex.yaml", &(file + "# new\n"));
    assert_eq!(env.run(&["adopt", "--force"]).code, 0);
    assert_eq!(env.run(&["plan", "--detailed-exitcode"]).code, 0);
}

#[test]
fn unmanaged_rule_is_added_only_by_name() {
    let env = start_simple_account();
    env.write("callrules.yaml", "prune: none\n");
    env.write(
        "users/alex.yaml",
        "extension: \"101\"\ninteractionRules: {}\n",
    );
    let run = env.run(&["adopt"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.out + &run.err, @"
    Nothing to adopt.
    note: rules of 101 that are in no file: `VIP`; add one with `--rule`
    Nothing was changed.
    ");
    let run = env.run(&["adopt", "--rule", "VIP"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.out + &run.err, @r#"
    users/alex.yaml
        extension: "101"
      - interactionRules: {}
      + interactionRules:
      +   VIP:
      +     conditions:
      +       callerIds: [{phoneNumber: "+16501111111", name: Someone}]
      +     dispatching:
      +       type: Terminate
      +       ring:
      +         - {targets: [mobileApps], seconds: 40}
      +         - {targets: [desktopApps], seconds: 50}
      +         - {targets: [deskPhones], seconds: 40, enabled: false}
      +       terminate: {phoneNumber: "+14082324343", name: Mobile}

    Adopt: 1 change in 1 file
    wrote users/alex.yaml
    "#);
    assert!(!env.run(&["plan"]).out.contains("VIP"));
}

#[test]
fn desk_phone_that_was_switched_off_is_adopted_without_declared_states() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let file = "extension: \"101\"\ninteractionRules:\n  VIP:\n    conditions: { callerIds: [\"+1650\"] }\n    dispatching: { type: RingAtOnce, ring: [{ targets: [deskPhones], seconds: 15 }, { targets: [mobileApps], seconds: 20 }] }\n";
    env.write("users/alex.yaml", file);
    env.apply();
    edit_by_hand(&env, |user| {
        let actions = user["interactionRules"][0]["dispatching"]["actions"]
            .as_array_mut()
            .unwrap();
        let mut actions = actions.iter_mut();
        let phone = actions.find(|action| action["targets"][0]["type"] == "DeviceRingTarget");
        phone.unwrap()["enabled"] = json!(false);
    });
    assert_adopted(&env, &options(), "a phone switched off");
    assert_ne!(read(&env, "users/alex.yaml"), file);
}
