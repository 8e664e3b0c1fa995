//! Invalid documents, each with the path and keyword of the schema's error, and the program's code.

/// A document, the schema's error as `path keyword`, and the code of the program's error.
pub(super) type InvalidDocument = (&'static str, &'static str, &'static str);

pub(super) const SETTINGS: &[InvalidDocument] = &[
    ("account: \"37439510\"\n", " required", "E0014"),
    ("prune: some\n", "/prune enum", "E0013"),
    ("prune: all\naccount: acme\n", "/account pattern", "E0017"),
    ("prune: all\naccount: -1\n", "/account minimum", "E0017"),
    (
        "prune: all\nprunes: all\n",
        " additionalProperties",
        "E0012",
    ),
    ("prune: all\naccount:\n", "/account type", "E0015"),
];

pub(super) const CALENDARS: &[InvalidDocument] = &[
    ("{}\n", " minProperties", "E0104"),
    ("- 2026-12-25\n", " type", "E0016"),
    ("Boxing Day:\n", "/Boxing Day type", "E0015"),
    ("Boxing Day: []\n", "/Boxing Day minItems", "E0104"),
    ("Boxing Day: 26.12.2026\n", "/Boxing Day pattern", "E0017"),
    (
        "Boxing Day: [26.12.2026]\n",
        "/Boxing Day/0 pattern",
        "E0017",
    ),
    (
        "Boxing Day: { end: 2026-12-26 }\n",
        "/Boxing Day required",
        "E0014",
    ),
    (
        "Boxing Day: { start: 2026-12-26 }\n",
        "/Boxing Day required",
        "E0014",
    ),
    (
        "Boxing Day: { start: 2026-12-26, end: 2026-12-27, days: 2 }\n",
        "/Boxing Day additionalProperties",
        "E0012",
    ),
];

pub(super) const CONTACTS: &[InvalidDocument] = &[
    ("[]\n", " minItems", "E0104"),
    ("Kim: +1650\n", " type", "E0016"),
    ("- 650 555 0133\n", "/0 pattern", "E0017"),
    ("- name: Kim\n", "/0 required", "E0014"),
    (
        "- { phoneNumber: +1650, contacts: vip }\n",
        "/0 additionalProperties",
        "E0012",
    ),
];

/// Errors that a schema can't find, or not simply, with the program's code.
pub(super) const BEYOND_A_SCHEMA: &[(&str, &str)] = &[
    (
        "interactionRules: { VIP: { conditions: { callerIds: [{ contacts: vips }] } } }",
        "E0113",
    ),
    (
        "states: { forward-all-calls: { schedule: { calendar: us } } }",
        "E0113",
    ),
    ("interactionRules: { VIP: { renamedFrom: VIP } }", "E0110"),
    ("interactionRules: { VIP: {} }\nignore: [V*]", "E0110"),
    (
        "interactionRules: { VIP: { conditions: { calledNumbers: [6505550133] } } }",
        "E0017",
    ),
    (
        "states: { work-hours: { schedule: { weekly: { mon: all-day, monday: all-day } } } }",
        "E0110",
    ),
    (
        "states: { work-hours: { schedule: { daily: 08:00-08:00 } } }",
        "E0017",
    ),
    (
        "states: { forward-all-calls: { schedule: { daily: 22:00-06:00 } } }",
        "E0109",
    ),
    (
        "states: { forward-all-calls: { schedule: { ranges: [2026-02-30] } } }",
        "E0017",
    ),
    (
        "states: { forward-all-calls: { schedule: { ranges: [{ start: 2026-12-25, end: 2026-12-24 }] } } }",
        "E0109",
    ),
    (
        "states: { agent: { dispatching: { ringAlways: [mobileApps], ring: [{ targets: [mobileApps], seconds: 5 }] } } }",
        "E0110",
    ),
    (
        "states: { after-hours: { dispatching: { noAnswer: { voicemail: { preset: 1 } }, terminate: { voicemail: { preset: 2 } } } } }",
        "E0110",
    ),
];

/// Returns user files with one error each.
pub(super) fn users() -> Vec<(String, String, &'static str)> {
    let mut users = Vec::new();
    let mut add = |documents: &[InvalidDocument], before: &str, after: &str, parent: &str| {
        for (text, path, code) in documents {
            users.push((
                format!("{before}{text}{after}"),
                format!("{parent}{path}"),
                *code,
            ));
        }
    };
    let rule = "extension: 101\ninteractionRules: { VIP: ";
    add(FILES, "", "", "");
    add(RULES, rule, " }\n", "/interactionRules/VIP");
    add(
        CONDITIONS,
        &format!("{rule}{{ conditions: "),
        " } }\n",
        "/interactionRules/VIP/conditions",
    );
    add(
        DISPATCHING,
        &format!("{rule}{{ dispatching: "),
        " } }\n",
        "/interactionRules/VIP/dispatching",
    );
    add(STATES, "extension: 101\nstates: { ", " }\n", "/states");
    users
}

const FILES: &[InvalidDocument] = &[
    ("states: {}\n", " required", "E0101"),
    (
        "extension: 101\nemail: a@acme.example\n",
        "/email falseSchema",
        "E0101",
    ),
    ("extension: none\n", "/extension pattern", "E0017"),
    ("extension: 123456789\n", "/extension maximum", "E0017"),
    ("extension: \"\"\n", "/extension pattern", "E0017"),
    ("email: alex\n", "/email pattern", "E0017"),
    ("extension: 101\nignore: []\n", "/ignore minItems", "E0104"),
    ("extension: 101\nstates:\n", "/states type", "E0015"),
    ("extension: 101\nstates: [dnd]\n", "/states type", "E0016"),
    (
        "extension: 101\nstates: { dnd: null }\n",
        "/states/dnd type",
        "E0015",
    ),
    (
        "extension: 101\nstates: { lunch: {} }\n",
        "/states additionalProperties",
        "E0012",
    ),
    (
        "extension: 101\nprofiles: []\n",
        "/profiles minItems",
        "E0104",
    ),
    (
        "extension: 101\ninteractionRules: { ' ': null }\n",
        "/interactionRules propertyNames",
        "E0017",
    ),
    ("- extension: 101\n", " type", "E0016"),
];

const RULES: &[InvalidDocument] = &[
    ("yes", " type", "E0016"),
    ("{ enabled: \"true\" }", "/enabled type", "E0016"),
    ("{ enabled: yes }", "/enabled type", "E0016"),
    (
        "{ quueCallsIncluded: true }",
        " additionalProperties",
        "E0012",
    ),
    ("{ id: VIP }", "/id pattern", "E0017"),
    (
        "{ dispatching: { type: RingAtOnce } }",
        " required",
        "E0103",
    ),
];

const CONDITIONS: &[InvalidDocument] = &[
    (
        "{ calledNumbers: any, state: work-hours }",
        "/calledNumbers type",
        "E0016",
    ),
    ("{}", " required", "E0103"),
    ("{ state: after-hours }", "/state falseSchema", "E0107"),
    (
        "{ state: after-hours, schedule: { daily: all-day } }",
        "/state falseSchema",
        "E0107",
    ),
    (
        "{ state: dnd, callerIds: [\"+1650\"] }",
        "/state enum",
        "E0013",
    ),
    ("{ callerIds: [] }", "/callerIds minItems", "E0104"),
    ("{ callerIds: \"+1650\" }", "/callerIds type", "E0016"),
    ("{ callerIds: [\"650\"] }", "/callerIds/0 pattern", "E0017"),
    ("{ callerIds: [{}] }", "/callerIds/0 required", "E0105"),
    (
        "{ callerIds: [{ phoneNumber: +1650, contacts: vip }] }",
        "/callerIds/0/contacts falseSchema",
        "E0105",
    ),
    (
        "{ callerIds: [{ contacts: vip, name: Sandra }] }",
        "/callerIds/0/name falseSchema",
        "E0105",
    ),
    (
        "{ callerIds: [{ contacts: \"\" }] }",
        "/callerIds/0/contacts pattern",
        "E0017",
    ),
    (
        "{ callerIds: [{ phoneNumber: \"+1650\", type: Any }] }",
        "/callerIds/0 additionalProperties",
        "E0017",
    ),
    (
        "{ calledNumbers: [\"+1650\"] }",
        "/calledNumbers/0 pattern",
        "E0017",
    ),
    (
        "{ calledNumbers: [\"650 555 0133\"] }",
        "/calledNumbers/0 pattern",
        "E0017",
    ),
    ("{ other: [] }", "/other minItems", "E0104"),
    ("{ other: [{ sky: blue }] }", "/other/0 required", "E0014"),
    (
        "{ other: [{ type: Schedule }] }",
        "/other/0/type falseSchema",
        "E0112",
    ),
    ("{ schedule: {} }", "/schedule required", "E0104"),
    (
        "{ schedule: { start: 2026-11-01 } }",
        "/schedule required",
        "E0104",
    ),
    (
        "{ schedule: { start: 2026-11-01, ranges: [2026-12-25] } }",
        "/schedule/start falseSchema",
        "E0109",
    ),
    (
        "{ schedule: { calendar: us-holidays, end: 2026-12-25 } }",
        "/schedule/end falseSchema",
        "E0109",
    ),
    (
        "{ schedule: { calendar: [] } }",
        "/schedule/calendar minItems",
        "E0104",
    ),
    (
        "{ schedule: { calendar: { us-holidays: 2026-12-25 } } }",
        "/schedule/calendar type",
        "E0016",
    ),
    (
        "{ schedule: { daily: [] } }",
        "/schedule/daily minItems",
        "E0104",
    ),
    (
        "{ schedule: { daily: 8-16 } }",
        "/schedule/daily pattern",
        "E0017",
    ),
    (
        "{ schedule: { daily: 08:00-25:00 } }",
        "/schedule/daily pattern",
        "E0017",
    ),
    (
        "{ schedule: { daily: 09:00.5-10:00 } }",
        "/schedule/daily pattern",
        "E0017",
    ),
    (
        "{ schedule: { weekly: {} } }",
        "/schedule/weekly minProperties",
        "E0104",
    ),
    (
        "{ schedule: { weekly: { mon-fry: all-day } } }",
        "/schedule/weekly additionalProperties",
        "E0017",
    ),
    (
        "{ schedule: { weekly: { mon–: all-day } } }",
        "/schedule/weekly additionalProperties",
        "E0017",
    ),
    (
        "{ schedule: { weekly: { Mon: all-day } } }",
        "/schedule/weekly additionalProperties",
        "E0017",
    ),
    (
        "{ schedule: { ranges: [24.12.2026] } }",
        "/schedule/ranges/0 pattern",
        "E0017",
    ),
    (
        "{ schedule: { ranges: [{ start: 2026-12-24 }] } }",
        "/schedule/ranges/0 required",
        "E0014",
    ),
    (
        "{ schedule: { ranges: [{ start: 2026-12-24T08:00Z, end: 2026-12-24 }] } }",
        "/schedule/ranges/0/start pattern",
        "E0017",
    ),
    (
        "{ schedule: { other: [{ phase: full }] } }",
        "/schedule/other/0 required",
        "E0014",
    ),
];

const DISPATCHING: &[InvalidDocument] = &[
    ("{ ring: mobileApps }", "/ring type", "E0016"),
    ("{ greeting: off }", "/greeting enum", "E0013"),
    ("{ greeting: {} }", "/greeting required", "E0105"),
    (
        "{ greeting: { preset: 1, custom: 2 } }",
        "/greeting/custom falseSchema",
        "E0105",
    ),
    (
        "{ greeting: { preset: 6604B } }",
        "/greeting/preset pattern",
        "E0017",
    ),
    (
        "{ screening: { result: AskToAnswer } }",
        "/screening required",
        "E0014",
    ),
    (
        "{ screening: { when: Never } }",
        "/screening/when enum",
        "E0013",
    ),
    ("{ ring: [] }", "/ring minItems", "E0104"),
    (
        "{ ring: [{ targets: [mobileApps], seconds: 0 }] }",
        "/ring/0/seconds minimum",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [mobileApps], seconds: \"20\" }] }",
        "/ring/0/seconds type",
        "E0016",
    ),
    (
        "{ ring: [{ targets: [mobileApps] }] }",
        "/ring/0 required",
        "E0014",
    ),
    (
        "{ ring: [{ targets: [], seconds: 20 }] }",
        "/ring/0/targets minItems",
        "E0104",
    ),
    (
        "{ ring: [{ targets: [mobileApp], seconds: 20 }] }",
        "/ring/0/targets/0 enum",
        "E0013",
    ),
    (
        "{ ring: [{ targets: [{}], seconds: 20 }] }",
        "/ring/0/targets/0 required",
        "E0105",
    ),
    (
        "{ ring: [{ targets: [{ coworker: \"1O2\" }], seconds: 20 }] }",
        "/ring/0/targets/0/coworker pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ coworker: \"+14082324343\" }], seconds: 20 }] }",
        "/ring/0/targets/0/coworker pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ coworker: \"a@b@c\" }], seconds: 20 }] }",
        "/ring/0/targets/0/coworker pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ coworker: \"id:x\" }], seconds: 20 }] }",
        "/ring/0/targets/0/coworker pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ coworker: \"123456789\" }], seconds: 20 }] }",
        "/ring/0/targets/0/coworker pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ device: \"id:7001\" }], seconds: 20 }] }",
        "/ring/0/targets/0/device pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ device: \"70 01\" }], seconds: 20 }] }",
        "/ring/0/targets/0/device pattern",
        "E0017",
    ),
    (
        "{ ring: [{ targets: [{ coworker: 102, device: 5 }], seconds: 20 }] }",
        "/ring/0/targets/0/device falseSchema",
        "E0105",
    ),
    (
        "{ ring: [{ targets: [{ coworker: 102, name: Cell }], seconds: 20 }] }",
        "/ring/0/targets/0/name falseSchema",
        "E0105",
    ),
    (
        "{ ring: [{ targets: [{ coworker: 102, extension: 103 }], seconds: 20 }] }",
        "/ring/0/targets/0/extension falseSchema",
        "E0105",
    ),
    (
        "{ ring: [{ targets: [{ type: 5 }], seconds: 20 }] }",
        "/ring/0/targets/0/type type",
        "E0014",
    ),
    ("{ ringAlways: [hotdesk] }", "/ringAlways/0 enum", "E0017"),
    (
        "{ ringAlways: [mobileApps, mobileApps] }",
        "/ringAlways uniqueItems",
        "E0017",
    ),
    ("{ noAnswer: voicmail }", "/noAnswer enum", "E0013"),
    (
        "{ noAnswer: { type: null } }",
        "/noAnswer/type type",
        "E0014",
    ),
    (
        "{ noAnswer: { phoneNumer: \"+14082324343\", extension: 900 } }",
        "/noAnswer additionalProperties",
        "E0012",
    ),
    (
        "{ noAnswer: { extension: 900, phoneNumber: \"+14082324343\" } }",
        "/noAnswer/phoneNumber falseSchema",
        "E0105",
    ),
    (
        "{ noAnswer: { extension: support@ } }",
        "/noAnswer/extension pattern",
        "E0017",
    ),
    (
        "{ noAnswer: { extension: 900, name: Support } }",
        "/noAnswer/name falseSchema",
        "E0105",
    ),
    (
        "{ noAnswer: { voicemail: {} } }",
        "/noAnswer/voicemail required",
        "E0104",
    ),
    (
        "{ noAnswer: { voicemail: { preset: 1, custom: 2 } } }",
        "/noAnswer/voicemail/custom falseSchema",
        "E0105",
    ),
    (
        "{ noAnswer: { announcement: {} } }",
        "/noAnswer/announcement required",
        "E0105",
    ),
    (
        "{ noAnswer: { cloudConnector: { name: Desk } } }",
        "/noAnswer/cloudConnector required",
        "E0014",
    ),
    ("{ actions: [] }", "/actions minItems", "E0104"),
    (
        "{ actions: [{ type: RingGroupAction }] }",
        "/actions/0/type falseSchema",
        "E0112",
    ),
];

const STATES: &[InvalidDocument] = &[
    // One error is reported once, without the missing parts that follow from it.
    (
        "after-hours: { dispatching: { type: Terminate, terminate: voicmail } }",
        "/after-hours/dispatching/terminate enum",
        "E0013",
    ),
    (
        "after-hours: { dispatching: { type: Terminate } }",
        "/after-hours/dispatching required",
        "E0106",
    ),
    (
        "after-hours: { dispatching: { type: Terminate, terminate: voicemail, greeting: { preset: 1 } } }",
        "/after-hours/dispatching/greeting type",
        "E0111",
    ),
    (
        "after-hours: { enabled: true }",
        "/after-hours/enabled falseSchema",
        "E0108",
    ),
    (
        "after-hours: { schedule: { daily: all-day } }",
        "/after-hours/schedule falseSchema",
        "E0108",
    ),
    (
        "after-hours: { dispatching: { type: Custom } }",
        "/after-hours/dispatching/type enum",
        "E0108",
    ),
    (
        "dnd: { schedule: { daily: 12:00-13:00 } }",
        "/dnd/schedule falseSchema",
        "E0108",
    ),
    (
        "dnd: { dispatching: { type: RingAtOnce } }",
        "/dnd/dispatching/type enum",
        "E0108",
    ),
    (
        "dnd: { dispatching: { noAnswer: voicemail } }",
        "/dnd/dispatching/noAnswer falseSchema",
        "E0108",
    ),
    (
        "dnd: { dispatching: { greeting: none } }",
        "/dnd/dispatching/greeting falseSchema",
        "E0108",
    ),
    (
        "forward-all-calls: { schedule: { weekly: { mon: all-day }, daily: all-day } }",
        "/forward-all-calls/schedule/weekly falseSchema",
        "E0109",
    ),
    (
        "forward-all-calls: { schedule: { daily: all-day, ranges: [2026-12-25] } }",
        "/forward-all-calls/schedule/ranges falseSchema",
        "E0109",
    ),
    (
        "forward-all-calls: { schedule: { daily: all-day, calendar: us-holidays } }",
        "/forward-all-calls/schedule/calendar falseSchema",
        "E0109",
    ),
    (
        "forward-all-calls: { schedule: { daily: [08:00-09:00, 10:00-11:00] } }",
        "/forward-all-calls/schedule/daily maxItems",
        "E0109",
    ),
    (
        "forward-all-calls: { schedule: work-hours }",
        "/forward-all-calls/schedule type",
        "E0108",
    ),
    (
        "forward-all-calls: { schedule: {} }",
        "/forward-all-calls/schedule required",
        "E0104",
    ),
    (
        "work-hours: { enabled: true }",
        "/work-hours/enabled falseSchema",
        "E0108",
    ),
    (
        "work-hours: { schedule: work-hours }",
        "/work-hours/schedule type",
        "E0108",
    ),
    (
        "work-hours: { schedule: { daily: all-day, ranges: [2026-12-25] } }",
        "/work-hours/schedule/ranges falseSchema",
        "E0109",
    ),
    (
        "work-hours: { schedule: { daily: all-day, calendar: us-holidays } }",
        "/work-hours/schedule/calendar falseSchema",
        "E0109",
    ),
    (
        "work-hours: { schedule: { daily: all-day, start: 2026-12-25 } }",
        "/work-hours/schedule/start falseSchema",
        "E0109",
    ),
    (
        "work-hours: { dispatching: { terminate: voicemail } }",
        "/work-hours/dispatching/terminate falseSchema",
        "E0108",
    ),
    (
        "work-hours: { dispatching: { type: Forward } }",
        "/work-hours/dispatching/type enum",
        "E0013",
    ),
    (
        "agent: { schedule: after-hours }",
        "/agent/schedule enum",
        "E0013",
    ),
    (
        "agent: { dispatching: { noAnswer: voicemail } }",
        "/agent/dispatching/noAnswer falseSchema",
        "E0108",
    ),
    (
        "agent: { dispatching: { screening: none } }",
        "/agent/dispatching/screening falseSchema",
        "E0108",
    ),
];

pub(super) const TESTS: &[InvalidDocument] = &[
    ("user: tester@acme.example\n", " required", "E0014"),
    (
        "user: tester@acme.example\ntests: []\n",
        "/tests minItems",
        "E0104",
    ),
    (
        "user: Alex\ntests: [{ name: A, call: { at: fri 12:00 }, expect: { rings: [] } }]\n",
        "/user pattern",
        "E0017",
    ),
    (
        "tests: [{ name: A, call: { at: fri 12:00 }, expect: { rings: [] } }]\n",
        "/tests/0 required",
        "E0101",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, expect: { rings: [] } }]\n",
        "/tests/0 required",
        "E0105",
    ),
    (
        "user: tester@acme.example\n\
         tests: [{ name: A, call: { at: fri 12:00 }, calls: [{ at: fri 12:00 }], expect: { rings: [] } }]\n",
        "/tests/0/calls falseSchema",
        "E0105",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, call: { at: fri 12:00 } }]\n",
        "/tests/0 required",
        "E0014",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, call: { at: fri 12:00 }, expect: {} }]\n",
        "/tests/0/expect required",
        "E0104",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, calls: [{ at: fri 12:00 }] }]\n",
        "/tests/0/calls/0 required",
        "E0104",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, calls: [] }]\n",
        "/tests/0/calls minItems",
        "E0104",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, calls: [{ at: now, rings: [] }] }]\n",
        "/tests/0/calls/0/at pattern",
        "E0017",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, calls: [{ at: 2026-11-25, rings: [] }] }]\n",
        "/tests/0/calls/0/at pattern",
        "E0017",
    ),
    (
        "user: tester@acme.example\ntests: [{ name: A, calls: [{ rings: [] }] }]\n",
        "/tests/0/calls/0 required",
        "E0014",
    ),
    (
        "user: tester@acme.example\n\
         tests: [{ name: A, calls: [{ at: fri 12:00, from: \"+1650\", rings: [] }] }]\n",
        "/tests/0/calls/0/from pattern",
        "E0017",
    ),
    (
        "user: tester@acme.example\n\
         tests: [{ name: A, calls: [{ at: fri 12:00, rings: [mobileApp] }] }]\n",
        "/tests/0/calls/0/rings/0 enum",
        "E0013",
    ),
    (
        "user: tester@acme.example\n\
         tests: [{ name: A, calls: [{ at: fri 12:00, endsat: voicemail, rings: [] }] }]\n",
        "/tests/0/calls/0 additionalProperties",
        "E0012",
    ),
    (
        "user: tester@acme.example\n\
         tests: [{ name: A, calls: [{ at: fri 12:00, endsAt: { phoneNumber: +14085550101, extension: 1 } }] }]\n",
        "/tests/0/calls/0/endsAt/phoneNumber falseSchema",
        "E0105",
    ),
];
