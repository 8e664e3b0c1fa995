//! Import: the written files match the account, existing files are kept, and rules that the
//! configuration can't express are reported.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use callrules::api::decode;
use callrules::api::encode::{self, RequiredPartsMode};
use callrules::init;
use callrules::model::{CallScreening, ExtensionId, GreetingSetting, RuleDefinition};

use crate::name_resolution::{lines_with, without_variable_parts};
use crate::strategies::rule;
use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

fn alex_id() -> ExtensionId {
    ExtensionId("1001".to_owned())
}

/// Runs `import` and asserts that it succeeds.
fn run_import(env: &TestEnv, arguments: &[&str]) -> crate::support::Run {
    let run = env.run(&[&["import"], arguments].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

fn assert_plan_is_empty(env: &TestEnv) {
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

/// Returns the user's rules in a normalized form: sorted, without ids, and without RingCentral's
/// defaults, which are all off.
fn normalized_rules(env: &TestEnv) -> Vec<String> {
    let user = env.user("101");
    let live_rules = user["interactionRules"].as_array().unwrap();
    let mut normalized: Vec<String> = live_rules
        .iter()
        .map(|rule| {
            let mut rule = decode::interaction_rule(rule.as_object().unwrap(), &alex_id());
            rule.queue_calls_included = rule.queue_calls_included.filter(|included| *included);
            let dispatching = rule.dispatching.as_mut().unwrap();
            let prompts = [
                &mut dispatching.greeting,
                &mut dispatching.connecting_message,
                &mut dispatching.connecting_audio,
            ];
            for prompt in prompts {
                *prompt = prompt
                    .take()
                    .filter(|prompt| *prompt != GreetingSetting::Off);
            }
            let screening = &mut dispatching.screening;
            *screening = screening
                .take()
                .filter(|screening| *screening != CallScreening::Off);
            format!("{rule:?}")
        })
        .collect();
    normalized.sort();
    normalized
}

fn read_alex_file(env: &TestEnv) -> String {
    std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap()
}

fn delete_live_rules(env: &TestEnv) {
    env.sandbox().edit(|account| {
        let user = account.extension_mut("101").unwrap();
        user.interaction_rules.clear();
    });
}

#[test]
fn import_writes_concise_user_file() {
    let env = TestEnv::example("acme");
    env.apply();
    for folder in ["users", "tests"] {
        std::fs::remove_dir_all(env.path().join(folder)).unwrap();
    }
    run_import(&env, &[]);
    assert_plan_is_empty(&env);
    insta::assert_snapshot!(
        std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap(),
        @r#"
    # yaml-language-server: $schema=../schemas/user.schema.json
    # Alex Morgan
    extension: "101"
    id: "63700001004"
    interactionRules:
      VIP Calls After-Hours:
        conditions:
          callerIds:
            - {phoneNumber: "+16501111111", name: Kristina Grant}
            - {phoneNumber: "+16502222222", name: Sandra Bell}
            - {phoneNumber: "+16503333333", name: David Peterson}
            - {phoneNumber: "+16504444444", name: Lena Shanon}
            - {phoneNumber: "+16505555555", name: Christine Lee}
          state: after-hours
        dispatching:
          type: Terminate
          ring:
            - {targets: [mobileApps], seconds: 40}
            - {targets: [desktopApps], seconds: 50}
          noAnswer: {announcement: {preset: Not available}}
          terminate: {phoneNumber: "+14082324343"}
    states:
      work-hours:
        schedule:
          weekly: {mon-fri: 08:00-16:00}
        dispatching:
          type: RingInOrder
          greeting: {preset: Default}
          ring:
            - {targets: [desktopApps], seconds: 20}
            - {targets: [{device: Alex's desk phone}, mobileApps], seconds: 25}
            - {targets: [{coworker: "102"}], seconds: 20}
          noAnswer: voicemail
      after-hours:
        dispatching:
          type: Terminate
          ring:
            - {targets: [mobileApps], seconds: 20, enabled: false}
            - {targets: [desktopApps], seconds: 20, enabled: false}
            - {targets: [deskPhones], seconds: 20, enabled: false}
          noAnswer: voicemail
          terminate: voicemail
    "#
    );
}

#[test]
fn import_creates_repository_and_keeps_existing_files() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "VIP",
        "+1650",
        "+14082324343"
    )])));
    std::fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    run_import(&env, &["--user", "101"]);
    let settings = std::fs::read_to_string(env.path().join("callrules.yaml")).unwrap();
    assert_eq!(settings, init::base_files(Some(ACCOUNT))[0].text);
    assert_plan_is_empty(&env);
    env.write("users/elsewhere.yaml", "extension: \"102\"\n");
    env.write("users/101-alex-morgan.yaml", "extension: \"101\"\n# mine\n");
    let count_reads = || env.requests("GET", "/comm-handling/").len();
    let reads_before = count_reads();
    let run = run_import(&env, &[]);
    insta::assert_snapshot!(run.out, @"
    kept users/101-alex-morgan.yaml (use `--force` to overwrite)
    kept users/elsewhere.yaml (use `--force` to overwrite)
    ");
    assert_eq!(
        count_reads(),
        reads_before,
        "users whose files are kept need not be read"
    );
    run_import(&env, &["--user", "102", "--force"]);
    let text = std::fs::read_to_string(env.path().join("users/elsewhere.yaml")).unwrap();
    assert!(text.contains("work-hours"), "{text}");
    let run = env.run(&["import", "--user", "900"]);
    assert_eq!(run.code, 1, "a queue has no rules");
}

#[test]
fn import_of_user_selected_twice_writes_one_file() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let selectors = ["101", "priya rao", "alex@acme.example", "Alex *"];
    let arguments: Vec<&str> = selectors.iter().flat_map(|s| ["--user", s]).collect();
    let run = run_import(&env, &arguments);
    insta::assert_snapshot!(run.out, @"
    wrote users/101-alex-morgan.yaml
    wrote users/102-priya-rao.yaml
    ");
    let mut written: Vec<_> = std::fs::read_dir(env.path().join("users"))
        .unwrap()
        .map(|entry| entry.unwrap().file_name())
        .collect();
    written.sort();
    assert_eq!(written, ["101-alex-morgan.yaml", "102-priya-rao.yaml"]);
}

#[test]
fn rules_with_equal_names_are_distinguished_by_id() {
    let twin = |number: &str| forwarding("Twin", number, "+14082324343");
    let env = TestEnv::new(single_user_seed(json!([twin("+1650"), twin("+1651")])));
    let run = run_import(&env, &[]);
    insta::assert_snapshot!(lines_with(&run.err, "users/101-alex-morgan.yaml"), @"warning: users/101-alex-morgan.yaml: 2 rules are named `Twin` and distinguished by their ids: rename all but one");
    insta::assert_snapshot!(lines_with(&read_alex_file(&env), "#"), @"
    # yaml-language-server: $schema=../schemas/user.schema.json
    # Alex Morgan
    # Note: 2 rules are named `Twin` and distinguished by their ids: rename all but one
    ");
    assert_plan_is_empty(&env);
    let before = normalized_rules(&env);
    delete_live_rules(&env);
    env.apply();
    assert_eq!(normalized_rules(&env), before);
}

#[test]
fn import_keeps_unknown_parts_raw_or_ignores_rule_with_reason() {
    let mut unknown = forwarding("Unknown parts", "+1650", "+14082324343");
    let actions = unknown["dispatching"]["actions"].as_array_mut().unwrap();
    actions.insert(0, json!({ "type": "FutureAction", "level": 3 }));
    actions[1]["targets"][0] = json!({ "type": "FutureRingTarget", "robot": true });
    unknown["conditions"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "Weather", "sky": "clear" }));
    let mut odd = forwarding("Odd one?", "+1651", "+14082324343");
    odd["conditions"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "Interaction", "from": [], "to": ["+16505550101"] }));
    let env = TestEnv::new(single_user_seed(json!([unknown, odd])));
    let run = run_import(&env, &[]);
    insta::assert_snapshot!(lines_with(&run.err, "Odd one?"), @"warning: users/101-alex-morgan.yaml: the rule `Odd one?` is omitted and ignored: `Interaction` has a shorthand");
    assert_plan_is_empty(&env);
    let plan = env.plan();
    assert_eq!(plan["users"][0]["unmanaged"], json!(["Odd one?"]));
    let text = read_alex_file(&env);
    assert!(
        text.contains("FutureAction") && text.contains("Weather") && text.contains("robot"),
        "{text}"
    );
}

/// Returns a live rule that no user file can express.
fn inexpressible_rule(name: &str) -> Value {
    forwarding(name, "911", "+14082324343")
}

/// Import ignores an inexpressible rule by its name. Another rule that this name matches can't be
/// declared then.
#[test]
fn rule_sharing_name_with_ignored_rule_is_ignored_too() {
    let expressible = |name: &str| forwarding(name, "+1650", "+14082324343");
    let mut warnings = String::new();
    for (first, second) in [
        (expressible("Twin"), inexpressible_rule("Twin")),
        (inexpressible_rule("Twin"), expressible("Twin")),
        (expressible("Star and more"), inexpressible_rule("Star*")),
    ] {
        let env = TestEnv::beyond_the_specification(single_user_seed(json!([
            expressible("Other"),
            first.clone(),
            second.clone()
        ])));
        let run = run_import(&env, &[]);
        let note = lines_with(&run.err, "users/101-alex-morgan.yaml");
        assert_eq!(note.lines().count(), 2, "{note}");
        warnings += &format!("{note}\n");
        assert_eq!(env.run(&["validate"]).code, 0);
        assert_plan_is_empty(&env);
        let plan = env.plan();
        let alone = json!([first["displayName"], second["displayName"]]);
        assert_eq!(
            plan["users"][0]["unmanaged"],
            alone,
            "{}",
            read_alex_file(&env)
        );
        assert!(read_alex_file(&env).contains("Other:"));
    }
    insta::assert_snapshot!(warnings, @"
    warning: users/101-alex-morgan.yaml: the rule `Twin (52091130959)` is omitted and ignored: `911` is not a phone number in E.164 format, nor the first digits of one
    warning: users/101-alex-morgan.yaml: the rule `Twin` is omitted and ignored, because another omitted rule has the same name
    warning: users/101-alex-morgan.yaml: the rule `Twin` is omitted and ignored: `911` is not a phone number in E.164 format, nor the first digits of one
    warning: users/101-alex-morgan.yaml: the rule `Twin (52091130959)` is omitted and ignored, because another omitted rule has the same name
    warning: users/101-alex-morgan.yaml: the rule `Star*` is omitted and ignored: `911` is not a phone number in E.164 format, nor the first digits of one
    warning: users/101-alex-morgan.yaml: the rule `Star and more` is omitted and ignored, because another omitted rule has the same name
    ");
}

#[test]
fn import_explains_why_a_rule_is_ignored() {
    let env = TestEnv::beyond_the_specification(single_user_seed(json!([inexpressible_rule(
        "Emergency"
    )])));
    let run = run_import(&env, &[]);
    insta::assert_snapshot!(without_variable_parts(&env, &run.err), @"
    Account 37439510 at SANDBOX_URL
    Imported 2 users with 0 rules and 3 states.
    Left out: whether forward-all-calls and do not disturb are on, which users switch themselves, and parts that are as in a new user.
    1 more part is left out or written differently: see the notes at the top of the files.
    Passed over 1 call queue: only users have call handling rules.
    warning: users/101-alex-morgan.yaml: the rule `Emergency` is omitted and ignored: `911` is not a phone number in E.164 format, nor the first digits of one
    ");
    insta::assert_snapshot!(lines_with(&read_alex_file(&env), "#"), @"
    # yaml-language-server: $schema=../schemas/user.schema.json
    # Alex Morgan
    # Note: the rule `Emergency` is omitted and ignored: `911` is not a phone number in E.164 format, nor the first digits of one
    ");
    assert_plan_is_empty(&env);
}

/// Names of people and rules may contain any character.
#[test]
fn import_handles_any_rule_and_user_name() {
    let names = [
        "A",
        "A",
        "A (2)",
        "*",
        "a: b",
        "# c",
        "null",
        "  d ",
        "tab\there",
        "line\nbreak",
        "e\u{85}e",
        "'",
        "\"",
    ];
    let numbered: Vec<Value> = names
        .iter()
        .enumerate()
        .map(|(index, name)| {
            let mut rule = forwarding(name, &format!("+1650{index}"), "+14082324343");
            rule["id"] = json!(index.to_string());
            rule
        })
        .collect();
    let mut rules = json!(numbered);
    rules[2]["displayName"] = json!("A (1)");
    let mut seed = single_user_seed(rules);
    seed["extensions"][0]["name"] = json!("Alex\u{b}\nMorgan");
    let env = TestEnv::beyond_the_specification(seed);
    run_import(&env, &[]);
    assert_eq!(env.run(&["validate"]).code, 0);
    assert_plan_is_empty(&env);
    assert_eq!(env.plan()["users"], json!([]), "every rule is in a file");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// For any rules, states and variant of the API's responses: the plan after an import is empty,
    /// and the files restore deleted rules.
    #[test]
    fn import_then_plan_is_empty_and_files_restore_rules(
        rules in vec((rule().boxed(), 0..3_usize), 1..5),
        states in states(),
        disabled in any::<bool>(),
        queued in any::<bool>(),
        spelling in any::<[bool; 4]>(),
    ) {
        let live = rules.iter().map(|(rule, name)| {
            let rule = RuleDefinition { name: format!("Rule {name}: # yes"), ..rule.clone() };
            Value::Object(encode::interaction_rule_body(None, &rule, crate::strategies::rule_owner(&alex_id()), RequiredPartsMode::Add).unwrap())
        });
        let mut seed = single_user_seed(live.collect());
        let user = &mut seed["extensions"][0];
        user["states"] = states;
        if disabled {
            user["status"] = json!("Disabled");
        }
        if !queued {
            seed["extensions"][2]["members"] = json!([]);
            seed["extensions"][0]["states"].as_object_mut().unwrap().remove("agent");
        }
        for (key, is_on) in ["omitTotalPages", "listWithoutDispatching", "calledNumbersAsObjects"].iter().zip(spelling) {
            seed[*key] = json!(is_on);
        }
        if spelling[3] {
            seed["pageSize"] = json!(1);
        }
        let env = TestEnv::beyond_the_specification(seed);
        let run = run_import(&env, &[]);
        let names = rules.iter().map(|(_, name)| name).collect::<BTreeSet<_>>();
        let repeated = names.iter().filter(|name| rules.iter().filter(|(_, other)| other == **name).count() > 1);
        prop_assert_eq!(run.err.matches("warning").count(), repeated.count(), "{}", run.err);
        assert_plan_is_empty(&env);
        // A switch that is on is noted, because an import leaves it to the user.
        let plan = env.plan();
        for user in plan["users"].as_array().unwrap() {
            prop_assert_eq!(&user["changes"], &json!([]));
            prop_assert_eq!(&user["unmanaged"], &json!([]));
        }
        let states = env.user("101")["states"].clone();
        let before = normalized_rules(&env);
        delete_live_rules(&env);
        env.apply();
        prop_assert_eq!(normalized_rules(&env), before);
        prop_assert_eq!(env.user("101")["states"].clone(), states);
    }
}

/// Returns a strategy for states in the API's form: on or off, with schedules.
fn states() -> impl Strategy<Value = Value> {
    let schedule =
        |trigger: Value| json!([{ "type": "Schedule", "schedule": { "triggers": [trigger] } }]);
    let daily = move |start: u32| {
        let start = format!("{start:02}:00:00");
        schedule(json!({ "triggerType": "Daily", "startTime": start, "endTime": "23:30:00" }))
    };
    let hours = option::of((0..20_u32).prop_map(daily));
    let parts = (any::<[bool; 2]>(), hours.clone(), hours.clone(), hours);
    parts.prop_map(|([forward, dnd], work, forwarding, agent)| {
        let mut states = json!({
            "forward-all-calls": { "enabled": forward },
            "dnd": { "enabled": dnd },
            "agent": {},
            "work-hours": {},
        });
        for (id, conditions) in [
            ("work-hours", work),
            ("forward-all-calls", forwarding),
            ("agent", agent),
        ] {
            if let Some(conditions) = conditions {
                states[id]["conditions"] = conditions;
            }
        }
        states
    })
}
