//! Valid documents with every construct of the language.

pub(super) const SETTINGS: &[&str] = &[
    "account: \"37439510\"\nprune: all\n",
    "account: 37439510\nprune: none\n",
    "prune: 'none'\n",
];

/// Calendars. Other documents refer to the first one.
pub(super) const CALENDARS: &[&str] = &[
    "Christmas Day: 2026-12-25\n",
    "Thanksgiving: { start: 2026-11-26, end: 2026-11-27 }\nChristmas Eve: { start: 2026-12-24T12:00, end: 2026-12-24 }\n",
    "New Year: [2026-12-31, 2027-01-01, { start: 2027-01-02, end: 2027-01-03T12:00 }]\n",
];
/// Contacts. Other documents refer to the first list.
pub(super) const CONTACTS: &[&str] = &[
    "[\"+16501111111\", +1650]\n",
    "- { phoneNumber: +1650, name: 911 }\n- { phoneNumber: \"+1\" }\n",
];

/// Returns user files, one for each construct.
pub(super) fn users() -> Vec<String> {
    let files = FILES.iter().map(|text| (*text).to_owned());
    let rules = RULES
        .iter()
        .map(|rule| format!("extension: 101\ninteractionRules:\n  VIP: {rule}\n"));
    let conditions = CONDITIONS.iter().map(|conditions| {
        format!("extension: 101\ninteractionRules:\n  VIP: {{ conditions: {conditions} }}\n")
    });
    let dispatching = DISPATCHING.iter().map(|dispatching| {
        format!("extension: 101\ninteractionRules:\n  VIP: {{ dispatching: {dispatching} }}\n")
    });
    let targets = RING_TARGETS.iter().map(|target| {
        format!(
            "extension: 101\nstates:\n  agent: {{ dispatching: {{ ring: [{{ targets: [{target}], seconds: 20 }}] }} }}\n"
        )
    });
    let destinations = DESTINATIONS.iter().map(|destination| {
        format!("extension: 101\nstates: {{ after-hours: {{ dispatching: {{ noAnswer: {destination} }} }} }}\n")
    });
    let states = STATES
        .iter()
        .map(|state| format!("extension: 101\nstates: {{ {state} }}\n"));
    files
        .chain(rules)
        .chain(conditions)
        .chain(dispatching)
        .chain(targets)
        .chain(destinations)
        .chain(states)
        .collect()
}

const FILES: &[&str] = &[
    "extension: \"101\"\n",
    "email: alex.morgan@acme.example\nprune: none\nignore: [\"Personal *\", 2026]\n",
    "id: 63700001004\nstates: {}\ninteractionRules: {}\n",
    "extension: 101\ninteractionRules: { Old: null, Older: ~, 24: { enabled: false } }\n",
];

const RULES: &[&str] = &[
    "{}",
    "{ enabled: false }",
    "{ renamedFrom: Holiday, id: 5, queueCallsIncluded: true }",
    "{ conditions: { callerIds: [\"+1650\"] }, dispatching: { type: Terminate, terminate: voicemail } }",
];

const CONDITIONS: &[&str] = &[
    "{ callerIds: [\"+16501111111\", +1650, { phoneNumber: +1650, name: 911 }, { phoneNumber: \"+1\" }] }",
    "{ callerIds: [{ contacts: vip }, +1650] }",
    "{ calledNumbers: [\"+16505550101\", +16505550102], state: work-hours }",
    "{ state: after-hours, callerIds: [\"+1650\"] }",
    "{ schedule: { daily: 08:00-16:00 } }",
    "{ schedule: { daily: [9:00-12:00, 13:00:00-17:00:30, 22:00-06:00, 18:00 - 24:00] } }",
    "{ schedule: { weekly: { mon–wed: [15:00–16:30, 17:00 — 18:00], thu - sat: all-day } } }",
    "{ schedule: { daily: all-day, start: 2026-11-01, end: 2027-03-31T17:00 } }",
    "{ schedule: { daily: 09:00:00.000-10:00:00.5, start: 2026-11-01T09:00:00.000 } }",
    "{ schedule: { weekly: { mon: 08:00-16:00, tuesday: [08:00-12:00], wed-fri: all-day, sat-sunday: 22:00-00:00 } } }",
    "{ schedule: { ranges: [2026-12-25, { start: 2026-12-31T12:00, end: \"2027-01-01 24:00\" }] } }",
    "{ schedule: { daily: 08:00-09:00, weekly: { mon: 10:00-11:00 }, ranges: [2026-12-25] } }",
    "{ schedule: { calendar: us-holidays } }",
    "{ schedule: { calendar: [us-holidays, us-holidays], ranges: [2026-12-25], daily: 08:00-09:00, end: 2027-01-01 } }",
    "{ schedule: { other: [{ triggerType: Lunar, phase: full }] } }",
    "{ other: [{ type: Weather, sky: null }] }",
];

const DISPATCHING: &[&str] = &[
    "{}",
    "{ greeting: none, connectingMessage: { preset: 68867 }, connectingAudio: { custom: \"5072424004\" } }",
    "{ screening: none }",
    "{ screening: { when: NoCallerId, result: AskToAnswer } }",
    "{ screening: { when: UnknownCallerId, result: PlayCallerNameOnly } }",
    "{ screening: { when: Always } }",
    "{ ringAlways: [] }",
    "{ ringAlways: [mobileApps, desktopApps] }",
    "{ ring: [{ targets: [hotdesk], seconds: 1, startOffset: 0, enabled: true }] }",
    "{ actions: [{ type: PlayJingleAction, enabled: true }] }",
    "{ greeting: { preset: 66048 }, ring: [{ targets: [mobileApps], seconds: 5 }], noAnswer: voicemail }",
];

const RING_TARGETS: &[&str] = &[
    "mobileApps",
    "desktopApps",
    "hotdesk",
    "{ coworker: 102 }",
    "{ coworker: priya.rao@acme.example }",
    "{ coworker: Priya Rao }",
    "{ mobileAppsOf: 3rd floor }",
    "{ coworker: \"id:63700001004\" }",
    "{ phoneNumber: \"+13121234567\", name: Cell }",
    "{ phoneNumber: +13121234567, name: 3 }",
    "{ device: 802636634 }",
    "{ device: \"802636634\", extension: \"102\" }",
    "{ device: Alex's desk phone, extension: Zoë }",
    "{ mobileAppsOf: \"102\" }",
    "{ desktopAppsOf: \"102\" }",
    "{ imsPhoneNumber: \"+13121234567\" }",
    "{ fmcPhoneNumber: \"+13121234567\" }",
    "{ integration: MsTeamsDirectRouting }",
    "{ integration: FmcLite }",
    "{ cloudConnector: { integrationId: 1111111, extensionNumber: 88888, phoneNumber: \"+13121234567\", name: Desk } }",
    "{ type: PagerRingTarget, pager: { id: 5, tone: null } }",
];

const DESTINATIONS: &[&str] = &[
    "voicemail",
    "announcement",
    "{ voicemail: { preset: 590080 } }",
    "{ voicemail: { custom: 5072424004, extension: 102 } }",
    "{ voicemail: { extension: \"102\" } }",
    "{ announcement: { preset: \"66816\" } }",
    "{ announcement: { custom: 5072424004 } }",
    "{ announcement: { preset: Not available } }",
    "{ extension: Support }",
    "{ extension: \"900\" }",
    "{ phoneNumber: +14082324343, name: true }",
    "{ cloudConnector: { integrationId: \"1\", name: Reception } }",
    "{ type: ImsVoiceMailTerminatingTarget }",
];

const STATES: &[&str] = &[
    "forward-all-calls: { enabled: false }",
    "forward-all-calls: { schedule: { daily: 12:00-13:00 } }",
    "forward-all-calls: { schedule: { daily: [12:00-13:00] } }",
    "forward-all-calls: { schedule: { ranges: [2026-12-25, 2026-12-26] } }",
    "forward-all-calls: { schedule: { ranges: [2026-12-25], calendar: us-holidays } }",
    "dnd: { enabled: true, dispatching: { type: Terminate, terminate: { extension: 900 } } }",
    "agent: { schedule: work-hours, dispatching: { type: RingAtOnce, ringAlways: [mobileApps] } }",
    "agent: { schedule: { weekly: { mon-fri: 08:00-16:00 } } }",
    "work-hours: { schedule: { daily: all-day }, dispatching: { type: RingInOrder } }",
    "work-hours: { schedule: { daily: 08:00-09:00, weekly: { mon: 10:00-11:00 } } }",
    "after-hours: { dispatching: { type: Terminate, terminate: announcement, noAnswer: voicemail } }",
];

/// The user of the call tests.
pub(super) const TESTER: &str = r#"
email: tester@acme.example
interactionRules:
  VIP:
    conditions: { callerIds: ["+1650"] }
    dispatching: { type: Terminate, terminate: voicemail }
  "5": null
"#;

pub(super) const TESTS: &[&str] = &[
    r#"
user: tester@acme.example
to: "+16505550101"
tests:
  - name: A VIP leaves a message
    call: { from: "+16502222222", to: "+16505550102", at: 2026-11-25T22:10, queue: false }
    expect:
      handledBy: VIP
      endsAt: voicemail
      rings: []
"#,
    r#"
tests:
  - name: Everybody else reaches the apps
    user: tester@acme.example
    calls:
      - { at: sat 20:00, handledBy: work-hours }
      - { from: "+14085550101", at: monday 9:00, queue: true, handledBy: queue skips }
      - { at: 2026-11-25 09:00:00, rings: [mobileApps, { coworker: 102 }, { type: NewRingTarget }] }
  - name: All end at one place
    user: TESTER@acme.example
    expect: { endsAt: { extension: "900" } }
    calls:
      - { at: fri 12:00 }
      - { at: fri 12:00, endsAt: { voicemail: { extension: Priya Rao } } }
"#,
];
