//! Import: exact, careful with what is there, honest about what it cannot say.

use std::collections::BTreeSet;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use serde_json::{Value, json};

use callrules::init;
use callrules::model::{ExtensionId, Prompt, Rule, Screening};
use callrules::wire::convert;
use callrules::wire::lay::{self, Fill};

use crate::strategies::rule;
use crate::support::{ACCOUNT, TestEnv, forwarding, single_user_seed};

fn owner() -> ExtensionId {
    ExtensionId("1001".to_owned())
}

fn import(env: &TestEnv, arguments: &[&str]) -> crate::support::Run {
    let run = env.run(&[&["import"], arguments].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

fn assert_nothing_to_do(env: &TestEnv) {
    let run = env.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

/// What a user's rules mean, whatever their ids and order, and whether the service has added its
/// defaults, which are all switched off.
fn meanings(env: &TestEnv) -> Vec<String> {
    let user = env.user("101");
    let rules = user["interactionRules"].as_array().unwrap().iter();
    let mut said: Vec<String> = rules
        .map(|rule| {
            let mut rule = convert::interaction_rule(rule.as_object().unwrap(), &owner());
            rule.queue_calls_included = rule.queue_calls_included.filter(|included| *included);
            let dispatching = rule.dispatching.as_mut().unwrap();
            let prompts = [
                &mut dispatching.greeting,
                &mut dispatching.connecting_message,
                &mut dispatching.connecting_audio,
            ];
            for prompt in prompts {
                *prompt = prompt.take().filter(|prompt| *prompt != Prompt::Off);
            }
            let screening = &mut dispatching.screening;
            *screening = screening
                .take()
                .filter(|screening| *screening != Screening::Off);
            format!("{rule:?}")
        })
        .collect();
    said.sort();
    said
}

fn file(env: &TestEnv) -> String {
    std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap()
}

fn wipe(env: &TestEnv) {
    env.sandbox().edit(|account| {
        let user = account.extension_mut("101").unwrap();
        user.interaction_rules.clear();
    });
}

#[test]
fn it_writes_what_a_careful_person_would_have_written() {
    let env = TestEnv::example("acme");
    env.apply();
    for folder in ["users", "tests"] {
        std::fs::remove_dir_all(env.path().join(folder)).unwrap();
    }
    import(&env, &[]);
    assert_nothing_to_do(&env);
    insta::assert_snapshot!(
        std::fs::read_to_string(env.path().join("users/101-alex-morgan.yaml")).unwrap()
    );
}

#[test]
fn it_begins_a_repository_and_overwrites_nothing() {
    let env = TestEnv::new(single_user_seed(json!([forwarding(
        "VIP",
        "+1650",
        "+14082324343"
    )])));
    std::fs::remove_file(env.path().join("callrules.yaml")).unwrap();
    import(&env, &["--user", "101"]);
    let settings = std::fs::read_to_string(env.path().join("callrules.yaml")).unwrap();
    assert_eq!(settings, init::foundation(Some(ACCOUNT))[0].text);
    assert_nothing_to_do(&env);
    env.write("users/elsewhere.yaml", "extension: \"102\"\n");
    env.write("users/101-alex-morgan.yaml", "extension: \"101\"\n# mine\n");
    let reads = || env.requests("GET", "/comm-handling/").len();
    let before = reads();
    let run = import(&env, &[]);
    assert!(
        run.out.contains("left users/101-alex-morgan.yaml as it is"),
        "{}",
        run.out
    );
    assert!(
        run.out.contains("left users/elsewhere.yaml as it is"),
        "{}",
        run.out
    );
    assert_eq!(reads(), before, "what is not written need not be read");
    import(&env, &["--user", "102", "--force"]);
    let text = std::fs::read_to_string(env.path().join("users/elsewhere.yaml")).unwrap();
    assert!(text.contains("work-hours"), "{text}");
    let run = env.run(&["import", "--user", "900"]);
    assert_eq!(run.code, 1, "a queue has no rules");
}

#[test]
fn a_user_who_is_named_twice_is_written_once() {
    let env = TestEnv::new(single_user_seed(json!([])));
    let selectors = ["101", "priya rao", "alex@acme.example", "Alex *"];
    let arguments: Vec<&str> = selectors.iter().flat_map(|s| ["--user", s]).collect();
    let run = import(&env, &arguments);
    assert_eq!(
        run.out,
        "wrote users/101-alex-morgan.yaml\nwrote users/102-priya-rao.yaml\n"
    );
}

#[test]
fn equal_names_are_kept_apart_by_their_ids() {
    let twin = |number: &str| forwarding("Twin", number, "+14082324343");
    let env = TestEnv::new(single_user_seed(json!([twin("+1650"), twin("+1651")])));
    let run = import(&env, &[]);
    let note = "2 rules are named `Twin`; their ids tell them apart: rename all but one";
    assert!(run.err.contains(note), "{}", run.err);
    assert!(file(&env).contains(note));
    assert_nothing_to_do(&env);
    let before = meanings(&env);
    wipe(&env);
    env.apply();
    assert_eq!(meanings(&env), before);
}

#[test]
fn what_we_have_no_words_for_is_said_in_the_apis_or_left_alone_with_a_reason() {
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
    let run = import(&env, &[]);
    assert!(
        run.err.contains("the rule `Odd one?` is left out"),
        "{}",
        run.err
    );
    assert_nothing_to_do(&env);
    let plan = env.plan();
    assert_eq!(plan["users"][0]["unmanaged"], json!(["Odd one?"]));
    let text = file(&env);
    assert!(
        text.contains("FutureAction") && text.contains("Weather") && text.contains("robot"),
        "{text}"
    );
}

/// A rule that the language cannot say.
fn unsayable(name: &str) -> Value {
    forwarding(name, "911", "+14082324343")
}

/// What is left out is ignored by its name. A rule that the name means too cannot be declared beside it.
#[test]
fn what_shares_its_name_with_something_left_out_is_left_out_too() {
    let said = |name: &str| forwarding(name, "+1650", "+14082324343");
    for (first, second) in [
        (said("Twin"), unsayable("Twin")),
        (unsayable("Twin"), said("Twin")),
        (said("Star and more"), unsayable("Star*")),
    ] {
        let env = TestEnv::beyond_the_specification(single_user_seed(json!([
            said("Other"),
            first.clone(),
            second.clone()
        ])));
        let run = import(&env, &[]);
        assert_eq!(run.err.matches("left alone").count(), 2, "{}", run.err);
        assert!(
            run.err
                .contains("by its name it cannot be told from another that is")
        );
        assert_eq!(env.run(&["validate"]).code, 0);
        assert_nothing_to_do(&env);
        let plan = env.plan();
        let alone = json!([first["displayName"], second["displayName"]]);
        assert_eq!(plan["users"][0]["unmanaged"], alone, "{}", file(&env));
        assert!(file(&env).contains("Other:"));
    }
}

#[test]
fn why_something_is_left_out_is_said_in_plain_words() {
    let env = TestEnv::beyond_the_specification(single_user_seed(json!([unsayable("Emergency")])));
    let run = import(&env, &[]);
    let why = "the rule `Emergency` is left out, and left alone: `911` is not a phone number in E.164 \
               form, nor the beginning of one";
    assert_eq!(
        run.err.lines().last(),
        Some(&*format!("warning: users/101-alex-morgan.yaml: {why}"))
    );
    assert!(
        file(&env).contains(&format!("\n# Note: {why}\n")),
        "{}",
        file(&env)
    );
    assert_nothing_to_do(&env);
}

/// Names of people and rules may hold anything.
#[test]
fn no_name_breaks_a_file_or_hides_another() {
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
    let rules: Vec<Value> = { names.iter().enumerate() }
        .map(|(index, name)| {
            let mut rule = forwarding(name, &format!("+1650{index}"), "+14082324343");
            rule["id"] = json!(index.to_string());
            rule
        })
        .collect();
    let mut rules = json!(rules);
    rules[2]["displayName"] = json!("A (1)");
    let mut seed = single_user_seed(rules);
    seed["extensions"][0]["name"] = json!("Alex\u{b}\nMorgan");
    let env = TestEnv::beyond_the_specification(seed);
    import(&env, &[]);
    assert_eq!(env.run(&["validate"]).code, 0);
    assert_nothing_to_do(&env);
    assert_eq!(
        env.plan()["users"],
        json!([]),
        "nobody has anything that no file says"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the account holds and however it is served, the plan after an import is empty, and the
    /// files bring back what is lost.
    #[test]
    fn it_is_exact(
        rules in vec((rule().boxed(), 0..3_usize), 1..5),
        states in states(),
        disabled in any::<bool>(),
        queued in any::<bool>(),
        spelling in any::<[bool; 4]>(),
    ) {
        let live = rules.iter().map(|(rule, name)| {
            let rule = Rule { name: format!("Rule {name}: # yes"), ..rule.clone() };
            Value::Object(lay::interaction_rule(None, &rule, &owner(), Fill::Mandatory).unwrap())
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
        let run = import(&env, &[]);
        let twins = rules.iter().map(|(_, name)| name).collect::<BTreeSet<_>>();
        let twins = twins.iter().filter(|name| rules.iter().filter(|(_, other)| other == **name).count() > 1);
        prop_assert_eq!(run.err.matches("warning").count(), twins.count(), "{}", run.err);
        assert_nothing_to_do(&env);
        prop_assert_eq!(env.plan()["users"].clone(), json!([]));
        let states = env.user("101")["states"].clone();
        let before = meanings(&env);
        wipe(&env);
        env.apply();
        prop_assert_eq!(meanings(&env), before);
        prop_assert_eq!(env.user("101")["states"].clone(), states);
    }
}

/// States as people leave them: switched, with hours and dates of their own.
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
