//! Import: exact, careful with what is there, honest about what it cannot say.

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value, json};

use callrules::init;
use callrules::model::{ExtensionId, Prompt, Rule, Screening};
use callrules::wire::convert;
use callrules::wire::lay::{self, Fill};

use crate::generate::rule;
use crate::support::{ACCOUNT, World, forwarding, one_user};

fn owner() -> ExtensionId {
    ExtensionId("1001".to_owned())
}

fn import(world: &World, arguments: &[&str]) -> crate::support::Run {
    let run = world.run(&[&["import"], arguments].concat());
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
    run
}

fn assert_nothing_to_do(world: &World) {
    let run = world.run(&["plan", "--detailed-exitcode"]);
    assert_eq!(run.code, 0, "{}{}", run.out, run.err);
}

/// What a user's rules mean, whatever their ids and order, and whether the service has added its
/// defaults, which are all switched off.
fn meanings(world: &World) -> Vec<String> {
    let user = world.user("101");
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

fn wipe(world: &World) {
    world.sandbox().edit(|account| {
        let user = account.extension_mut("101").unwrap();
        user.interaction_rules.clear();
    });
}

#[test]
fn it_writes_what_a_careful_person_would_have_written() {
    let world = World::example("acme");
    world.apply();
    std::fs::remove_dir_all(world.path().join("users")).unwrap();
    import(&world, &[]);
    assert_nothing_to_do(&world);
    insta::assert_snapshot!(
        std::fs::read_to_string(world.path().join("users/101-alex-morgan.yaml")).unwrap()
    );
}

#[test]
fn it_begins_a_repository_and_overwrites_nothing() {
    let world = World::new(one_user(json!([forwarding(
        "VIP",
        "+1650",
        "+14082324343"
    )])));
    std::fs::remove_file(world.path().join("callrules.yaml")).unwrap();
    import(&world, &["--user", "101"]);
    let settings = std::fs::read_to_string(world.path().join("callrules.yaml")).unwrap();
    assert_eq!(settings, init::foundation(Some(ACCOUNT))[0].text);
    assert_nothing_to_do(&world);
    world.write("users/elsewhere.yaml", "extension: \"102\"\n");
    world.write("users/101-alex-morgan.yaml", "extension: \"101\"\n# mine\n");
    let reads = || world.requests("GET", "/comm-handling/").len();
    let before = reads();
    let run = import(&world, &[]);
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
    import(&world, &["--user", "102", "--force"]);
    let text = std::fs::read_to_string(world.path().join("users/elsewhere.yaml")).unwrap();
    assert!(text.contains("work-hours"), "{text}");
    let run = world.run(&["import", "--user", "900"]);
    assert_eq!(run.code, 1, "a queue has no rules");
}

#[test]
fn a_user_who_is_named_twice_is_written_once() {
    let world = World::new(one_user(json!([])));
    let selectors = ["101", "priya rao", "alex@acme.example", "Alex *"];
    let arguments: Vec<&str> = selectors.iter().flat_map(|s| ["--user", s]).collect();
    let run = import(&world, &arguments);
    assert_eq!(
        run.out,
        "wrote users/101-alex-morgan.yaml\nwrote users/102-priya-rao.yaml\n"
    );
}

#[test]
fn equal_names_are_kept_apart_by_their_ids() {
    let twin = |number: &str| forwarding("Twin", number, "+14082324343");
    let world = World::new(one_user(json!([twin("+1650"), twin("+1651")])));
    import(&world, &[]);
    assert_nothing_to_do(&world);
    let before = meanings(&world);
    wipe(&world);
    world.apply();
    assert_eq!(meanings(&world), before);
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
    let mut odd = forwarding("Odd [one]", "+1651", "+14082324343");
    odd["conditions"]
        .as_array_mut()
        .unwrap()
        .push(json!({ "type": "Interaction", "from": [], "to": ["+16505550101"] }));
    let world = World::new(one_user(json!([unknown, odd])));
    let run = import(&world, &[]);
    assert!(
        run.err.contains("the rule `Odd [one]` is left out"),
        "{}",
        run.err
    );
    assert_nothing_to_do(&world);
    let plan = world.plan();
    assert_eq!(plan["users"][0]["unmanaged"], json!(["Odd [one]"]));
    let text = std::fs::read_to_string(world.path().join("users/101-alex-morgan.yaml")).unwrap();
    assert!(
        text.contains("FutureAction") && text.contains("Weather") && text.contains("robot"),
        "{text}"
    );
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() })]

    /// Whatever the account holds and however it is served, the plan after an import is empty, and the
    /// files bring back what is lost.
    #[test]
    fn it_is_exact(rules in vec(rule().boxed(), 1..4), spelling in any::<[bool; 4]>()) {
        let live = rules.iter().enumerate().map(|(index, rule)| {
            let rule = Rule { name: format!("Rule {index}: # yes"), ..rule.clone() };
            Value::Object(lay::interaction_rule(None, &rule, &owner(), Fill::Mandatory).unwrap())
        });
        let mut seed = one_user(live.collect());
        for (key, is_on) in ["omitTotalPages", "listWithoutDispatching", "calledNumbersAsObjects"].iter().zip(spelling) {
            seed[*key] = json!(is_on);
        }
        if spelling[3] {
            seed["pageSize"] = json!(1);
        }
        let world = World::beyond_the_specification(seed);
        let run = import(&world, &[]);
        prop_assert_eq!(run.err, "");
        assert_nothing_to_do(&world);
        let before = meanings(&world);
        wipe(&world);
        world.apply();
        prop_assert_eq!(meanings(&world), before);
    }
}
