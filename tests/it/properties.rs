//! What must hold whatever people write and whatever is on the account.

mod satisfies;

use callrules::config;
use callrules::model::words::Words;
use callrules::model::{
    Catalogue, DesiredRule, Directory, Extension, ExtensionId, GreetingPlace, NameList, Named, Rule,
};
use callrules::wire::lay::{self, Fill};
use callrules::wire::{Body, InteractionRule, convert};
use proptest::prelude::*;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::rollback::AccountBaseline;
use crate::strategies::{dispatching, partial_rule, rule, week};
use crate::support::{ACCOUNT, TestEnv, single_user_seed};

const OWNER: &str = "1001";

fn owner() -> ExtensionId {
    ExtensionId(OWNER.to_owned())
}

fn directory() -> Directory {
    let extension = |id: &str, number: &str, kind: &str| Extension {
        id: ExtensionId(id.to_owned()),
        number: Some(number.to_owned()),
        name: String::new(),
        email: None,
        kind: kind.to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    };
    let (user, queue) = ("User", "Department");
    Directory::new(vec![
        extension(OWNER, "101", user),
        extension("1002", "102", user),
        extension("1900", "900", queue),
    ])
}

/// Names of what generated rules play and ring: some are found again, some are not.
fn catalogue() -> Catalogue {
    let all = |things: &[(&str, &str)]| -> Vec<Named> {
        let named = |(id, name): &(&str, &str)| Named {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
        };
        things.iter().map(named).collect()
    };
    let greetings = |things| move |place| (NameList::Greetings(place), all(things));
    let most = [
        GreetingPlace::Greeting,
        GreetingPlace::ConnectingAudio,
        GreetingPlace::Announcement,
    ];
    let unlike = &[
        ("66048", "Default"),
        ("66310", "yes: #1"),
        ("68867", " 404 "),
        ("66816", "yes: # 1"),
    ];
    let alike = &[
        ("66048", "Twin"),
        ("66310", "twin"),
        ("68867", "Other"),
        ("1", "other"),
        ("2", "Other"),
    ];
    let lists = most.map(greetings(unlike)).into_iter();
    let lists = lists.chain([GreetingPlace::Voicemail].map(greetings(alike)));
    let devices = (NameList::Devices(owner()), all(&[("7001", "3rd floor")]));
    lists.chain([devices]).collect()
}

/// A user file that says a rule. Words are JSON, which is YAML.
fn user_file(rule: &Rule) -> Value {
    let directory = directory();
    file_of(rule, Words::new(&directory))
}

fn file_of(rule: &Rule, words: Words<'_>) -> Value {
    let words = words.rule(rule);
    json!({ "extension": "101", "interactionRules": { rule.name.clone(): words } })
}

fn live(rule: &Rule) -> Body {
    lay::interaction_rule(None, rule, &owner(), Fill::Mandatory).unwrap()
}

/// Whether a PATCH would be sent.
fn differs(body: &Body, wanted: &Rule) -> bool {
    let laid = lay::interaction_rule(Some(body), wanted, &owner(), Fill::Nothing).unwrap();
    convert::interaction_rule(&laid, &owner()) != convert::interaction_rule(body, &owner())
}

/// The spellings that the service is free in: read-only names, objects for numbers, a time without its
/// zero, defaults that it adds, things that we do not know.
fn as_the_service_says_it(mut body: Body) -> Body {
    fn respell(value: &mut Value) {
        match value {
            Value::Object(map) => {
                map.values_mut().for_each(respell);
                if let Some(Value::Array(called)) = map.get_mut("to") {
                    for number in called {
                        *number = json!({ "phoneNumber": number, "name": "Main" });
                    }
                }
                for key in ["startTime", "endTime"] {
                    if let Some(Value::String(time)) = map.get_mut(key) {
                        *time = time.strip_prefix('0').unwrap_or(time).to_owned();
                    }
                }
                if map.contains_key("type") && !map.contains_key("conditions") {
                    map.insert("someday".to_owned(), json!({ "new": [1, "two"] }));
                }
            }
            Value::Array(items) => items.iter_mut().for_each(respell),
            _ => {}
        }
    }
    let mut value = Value::Object(body);
    respell(&mut value);
    body = serde_json::from_value(value).unwrap();
    body.insert("id".to_owned(), json!("4711"));
    body.insert("someday".to_owned(), json!(true));
    body
}

/// Every `someday` of a value, by the path of what it stands in.
fn unknown_parts(value: &Value) -> usize {
    match value {
        Value::Object(map) => {
            usize::from(map.contains_key("someday"))
                + map.values().map(unknown_parts).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(unknown_parts).sum(),
        _ => 0,
    }
}

/// Any JSON of little depth.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        "\\PC{0,12}".prop_map(Value::from),
    ];
    leaf.prop_recursive(2, 8, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::hash_map("type|id|actions|targets|[a-z]{1,6}", inner, 0..3)
                .prop_map(|map| map.into_iter().collect()),
        ]
    })
}

fn count_parts(value: &Value) -> usize {
    1 + match value {
        Value::Object(map) => map.values().map(count_parts).sum(),
        Value::Array(items) => items.iter().map(count_parts).sum(),
        _ => 0,
    }
}

/// Replaces the part of a value that stands at a place, counted from the front.
fn replace_part(value: &mut Value, place: &mut usize, with: &Value) {
    if *place == 0 {
        *value = with.clone();
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    match value {
        Value::Object(map) => {
            map.values_mut()
                .for_each(|value| replace_part(value, place, with));
        }
        Value::Array(items) => {
            items
                .iter_mut()
                .for_each(|value| replace_part(value, place, with));
        }
        _ => {}
    }
}

/// A map as two maps, one to be laid over the other: each key stands in one of them, and down to `depth`
/// a key may stand in both, with a part of its keys in each.
fn divided(whole: &Value, depth: usize, upper: &mut impl FnMut() -> bool) -> (Value, Value) {
    let (mut over, mut under) = (json!({}), json!({}));
    for (key, value) in whole.as_object().unwrap() {
        if depth > 1 && value.is_object() && key != "schedule" {
            let parts = divided(value, depth - 1, upper);
            (over[key], under[key]) = parts;
            // A part that says nothing is left out, where the other says something.
            for side in [&mut over, &mut under] {
                let map = side.as_object_mut().unwrap();
                if map[key].as_object().unwrap().is_empty() {
                    map.remove(key);
                }
            }
            continue;
        }
        let side = if upper() { &mut over } else { &mut under };
        side[key] = value.clone();
    }
    (over, under)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// Words are what a person would write: valid, and read back as what they say.
    #[test]
    fn what_is_said_in_words_is_understood(rule in rule().boxed(), names in any::<bool>()) {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("users")).unwrap();
        let (directory, catalogue, owner) = (directory(), catalogue(), owner());
        let words = Words::new(&directory);
        let words = if names { words.with_names(&catalogue, &owner) } else { words };
        let file = file_of(&rule, words).to_string();
        std::fs::write(folder.path().join("users/alex.yaml"), &file).unwrap();
        std::fs::write(folder.path().join("callrules.yaml"), format!("account: \"{ACCOUNT}\"\nprune: all\n")).unwrap();
        let loaded = config::load(folder.path());
        let errors = loaded.diagnostics.iter().filter(|d| d.is_error());
        let messages: Vec<&String> = errors.map(|d| &d.message).collect();
        prop_assert!(messages.is_empty(), "{messages:?}\n{file}");
        let repository = loaded.repository.unwrap();
        let desired = config::resolve(&repository.users[0].file, &repository.settings, &repository.shared, &directory, &catalogue).unwrap();
        let rules = desired.rules.unwrap();
        let DesiredRule::Present { rule: read, .. } = &rules[0] else { panic!("not present") };
        prop_assert_eq!(&**read, &rule);
    }

    /// However the keys of a rule are divided between a file and its profile, they say the same.
    #[test]
    fn a_file_over_its_profile_says_what_one_file_says(rule in rule().boxed(), upper in any::<[bool; 32]>()) {
        let (directory, catalogue) = (directory(), catalogue());
        let whole = file_of(&rule, Words::new(&directory));
        let mut upper = upper.iter().copied();
        let (mut user, profile) = divided(&whole, 4, &mut || upper.next().unwrap_or_default());
        user["extension"] = whole["extension"].clone();
        user["profiles"] = json!(["below"]);
        let mut profile = profile;
        profile.as_object_mut().unwrap().remove("extension");
        let folder = TempDir::new().unwrap();
        let write = |path: &str, text: String| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("callrules.yaml", format!("account: \"{ACCOUNT}\"\nprune: all\n"));
        write("profiles/below.yaml", profile.to_string());
        write("users/alex.yaml", user.to_string());
        let loaded = config::load(folder.path());
        let repository = loaded.repository.unwrap_or_else(|| panic!("{:#?}\n{profile}\n{user}", loaded.diagnostics));
        let desired = config::resolve(&repository.users[0].file, &repository.settings, &repository.shared, &directory, &catalogue).unwrap();
        let rules = desired.rules.unwrap();
        let DesiredRule::Present { rule: read, .. } = &rules[0] else { panic!("not present") };
        prop_assert_eq!(&**read, &rule, "{}\n{}", profile, user);
    }

    /// After a PATCH there is nothing left to PATCH.
    #[test]
    fn a_rule_laid_over_another_is_as_declared(before in rule().boxed(), wanted in partial_rule().boxed()) {
        let before = live(&before);
        let Ok(body) = lay::interaction_rule(Some(&before), &wanted, &owner(), Fill::Mandatory) else {
            // Type `Terminate` without a destination on either side.
            return Ok(());
        };
        prop_assert!(!differs(&body, &wanted), "{:#}", Value::Object(body));
    }

    /// Answers may hold anything: they are read, compared and told without a panic, and what is not
    /// understood is kept.
    #[test]
    fn no_answer_breaks_the_program(rule in rule().boxed(), at in any::<prop::sample::Index>(), with in anything()) {
        let mut body = Value::Object(as_the_service_says_it(live(&rule)));
        let parts = count_parts(&body);
        replace_part(&mut body, &mut at.index(parts), &with);
        let Value::Object(body) = body else { return Ok(()) };
        let read = convert::interaction_rule(&body, &owner());
        let directory = directory();
        let words = Words::new(&directory).rule(&read);
        prop_assert!(words.is_object());
        let Ok(live) = InteractionRule::try_from(Value::Object(body)) else { return Ok(()) };
        // What is not declared stays as it was, whatever it was.
        let renamed = Rule { name: "Other".to_owned(), ..Rule::default() };
        if let Ok(sent) = lay::interaction_rule(Some(&live.body), &renamed, &owner(), Fill::Mandatory) {
            prop_assert_eq!(&sent["dispatching"], &live.body["dispatching"]);
        }
        // And a declaration over it is laid without a panic.
        let _ = lay::interaction_rule(Some(&live.body), &read, &owner(), Fill::Mandatory);
    }

    /// The service may spell what it was sent in other ways: that is no change.
    #[test]
    fn another_spelling_is_no_change(rule in rule().boxed()) {
        let body = as_the_service_says_it(live(&rule));
        prop_assert!(!differs(&body, &rule), "{:#}", Value::Object(body));
    }

    /// What we do not know and nobody declares is still there in the body that is sent.
    #[test]
    fn what_is_not_declared_survives(rule in rule().boxed(), name in "[a-z]{1,8}") {
        let body = as_the_service_says_it(live(&rule));
        let renamed = Rule { name, ..Rule::default() };
        let sent = lay::interaction_rule(Some(&body), &renamed, &owner(), Fill::Mandatory).unwrap();
        let count = |body: &Body| unknown_parts(&Value::Object(body.clone()));
        prop_assert_eq!(count(&sent), count(&body));
        prop_assert_eq!(&sent["dispatching"], &body["dispatching"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// Over HTTP, through the program, against a strict server: what is planned is accepted, and a plan
    /// after it is empty.
    #[test]
    fn a_plan_after_apply_is_empty(before in rule().boxed(), wanted in partial_rule().boxed(), new in rule().boxed(), hours in week().boxed(), rings in dispatching().boxed()) {
        let env = TestEnv::new(single_user_seed(json!([live(&before)])));
        let Ok(_) = lay::interaction_rule(Some(&live(&before)), &wanted, &owner(), Fill::Mandatory) else {
            return Ok(());
        };
        let mut file = user_file(&wanted);
        let directory = directory();
        let words = Words::new(&directory);
        let mut new_words = words.rule(&new);
        new_words["enabled"] = json!(true);
        file["interactionRules"]["New"] = new_words;
        let schedule = callrules::model::Schedule::weekly(hours);
        file["states"]["work-hours"]["schedule"] = words.schedule(&schedule);
        if let Some(ring) = rings.ring {
            let agent = callrules::model::Dispatching { ring: Some(ring), ..Default::default() };
            file["states"]["agent"]["dispatching"] = words.dispatching(&agent);
        }
        env.write("users/alex.yaml", &file.to_string());
        env.apply();
    }

    /// Whatever an apply did, its journal shows the way back.
    #[test]
    fn a_rollback_after_apply_restores(before in rule().boxed(), wanted in partial_rule().boxed(), new in rule().boxed(), hours in week().boxed()) {
        let env = TestEnv::new(single_user_seed(json!([live(&before)])));
        let Ok(_) = lay::interaction_rule(Some(&live(&before)), &wanted, &owner(), Fill::Mandatory) else {
            return Ok(());
        };
        let before_apply = AccountBaseline::capture(&env);
        let mut file = user_file(&wanted);
        let directory = directory();
        let words = Words::new(&directory);
        file["interactionRules"]["New"] = words.rule(&new);
        let schedule = callrules::model::Schedule::weekly(hours);
        file["states"]["work-hours"]["schedule"] = words.schedule(&schedule);
        env.write("users/alex.yaml", &file.to_string());
        let journal = env.path().join("apply.jsonl").to_str().unwrap().to_owned();
        let apply = env.run(&["apply", "--auto-approve", "--journal", &journal]);
        prop_assert_eq!(apply.code, 0, "{}", apply.err);
        if std::fs::exists(&journal).unwrap() {
            let back = env.run(&["rollback", &journal, "--auto-approve"]);
            prop_assert_eq!(back.code, 0, "{}{}", back.out, back.err);
        }
        prop_assert!(before_apply.matches(&env));
    }
}
