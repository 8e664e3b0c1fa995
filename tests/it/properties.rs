//! Properties that hold for all configurations and all accounts.

use callrules::api::encode::{self, RequiredPartsMode};
use callrules::api::{InteractionRuleRecord, RawBody, decode};
use callrules::config;
use callrules::model::to_yaml::YamlWriter;
use callrules::model::{
    AccountExtension, DesiredRule, ExtensionDirectory, ExtensionId, GreetingUsage, NameIndex,
    NameListKey, NamedResource, RuleDefinition,
};
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

fn directory() -> ExtensionDirectory {
    let extension = |id: &str, number: &str, kind: &str| AccountExtension {
        id: ExtensionId(id.to_owned()),
        number: Some(number.to_owned()),
        name: String::new(),
        email: None,
        kind: kind.to_owned(),
        status: "Enabled".to_owned(),
        time_zone: None,
    };
    let (user, queue) = ("User", "Department");
    ExtensionDirectory::new(vec![
        extension(OWNER, "101", user),
        extension("1002", "102", user),
        extension("1900", "900", queue),
    ])
}

/// Returns names for the greetings and devices of generated rules. Some names are unique and can be
/// resolved, and some are not.
fn name_index() -> NameIndex {
    let list = |things: &[(&str, &str)]| -> Vec<NamedResource> {
        let named = |(id, name): &(&str, &str)| NamedResource {
            id: (*id).to_owned(),
            name: (*name).to_owned(),
        };
        things.iter().map(named).collect()
    };
    let greetings = |things| move |place| (NameListKey::Greetings(place), list(things));
    let usages = [
        GreetingUsage::Greeting,
        GreetingUsage::ConnectingAudio,
        GreetingUsage::Announcement,
    ];
    let unique = &[
        ("66048", "Default"),
        ("66310", "yes: #1"),
        ("68867", " 404 "),
        ("66816", "yes: # 1"),
    ];
    let ambiguous = &[
        ("66048", "Twin"),
        ("66310", "twin"),
        ("68867", "Other"),
        ("1", "other"),
        ("2", "Other"),
    ];
    let lists = usages.map(greetings(unique)).into_iter();
    let lists = lists.chain([GreetingUsage::Voicemail].map(greetings(ambiguous)));
    let devices = (
        NameListKey::Devices(owner()),
        list(&[("7001", "3rd floor")]),
    );
    lists.chain([devices]).collect()
}

/// Returns a user file with this rule, as JSON, which is valid YAML.
fn build_user_file(rule: &RuleDefinition) -> Value {
    let directory = directory();
    build_user_file_with(rule, YamlWriter::new(&directory))
}

fn build_user_file_with(rule: &RuleDefinition, writer: YamlWriter<'_>) -> Value {
    json!({ "extension": "101", "interactionRules": { rule.name.clone(): writer.rule(rule) } })
}

/// Returns a rule in the form of the API.
fn encode_rule(rule: &RuleDefinition) -> RawBody {
    encode::interaction_rule_body(
        None,
        rule,
        crate::strategies::rule_owner(&owner()),
        RequiredPartsMode::Add,
    )
    .unwrap()
}

/// Returns whether an apply would send a PATCH.
fn needs_patch(body: &RawBody, wanted: &RuleDefinition) -> bool {
    let patched = encode::interaction_rule_body(
        Some(body),
        wanted,
        crate::strategies::rule_owner(&owner()),
        RequiredPartsMode::Omit,
    )
    .unwrap();
    decode::interaction_rule(&patched, &owner()) != decode::interaction_rule(body, &owner())
}

/// Respells a body as RingCentral may return it: with read-only names, objects for numbers, times
/// without a leading zero, an id, and unknown fields.
fn respell_as_service(mut body: RawBody) -> RawBody {
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

/// Returns the number of unknown fields in a value.
fn count_unknown_fields(value: &Value) -> usize {
    match value {
        Value::Object(map) => {
            usize::from(map.contains_key("someday"))
                + map.values().map(count_unknown_fields).sum::<usize>()
        }
        Value::Array(items) => items.iter().map(count_unknown_fields).sum(),
        _ => 0,
    }
}

/// Generates any JSON value of little depth.
fn any_json() -> impl Strategy<Value = Value> {
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

/// Replaces the part of a value with this index, counted depth first.
fn replace_part(value: &mut Value, place: &mut usize, with: &Value) {
    if *place == 0 {
        *value = with.clone();
        *place = usize::MAX;
        return;
    }
    *place -= 1;
    match value {
        Value::Object(map) => {
            for value in map.values_mut() {
                replace_part(value, place, with);
            }
        }
        Value::Array(items) => {
            for value in items.iter_mut() {
                replace_part(value, place, with);
            }
        }
        _ => {}
    }
}

/// Splits a map into two maps that merge into it: each key is in one of them. Down to `depth`, a
/// map may be in both, with a part of its keys in each. `is_upper` chooses the map of a key.
fn split_map(whole: &Value, depth: usize, is_upper: &mut impl FnMut() -> bool) -> (Value, Value) {
    let (mut over, mut under) = (json!({}), json!({}));
    for (key, value) in whole.as_object().unwrap() {
        if depth > 1 && value.is_object() && key != "schedule" {
            let parts = split_map(value, depth - 1, is_upper);
            (over[key], under[key]) = parts;
            // An empty part is left out: the other one has all keys.
            for side in [&mut over, &mut under] {
                let map = side.as_object_mut().unwrap();
                if map[key].as_object().unwrap().is_empty() {
                    map.remove(key);
                }
            }
            continue;
        }
        let side = if is_upper() { &mut over } else { &mut under };
        side[key] = value.clone();
    }
    (over, under)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    /// A rule written as YAML is valid, and is parsed as the same rule.
    #[test]
    fn written_rule_is_parsed_as_same_rule(rule in rule().boxed(), names in any::<bool>()) {
        let folder = TempDir::new().unwrap();
        std::fs::create_dir(folder.path().join("users")).unwrap();
        let (directory, name_index, owner) = (directory(), name_index(), owner());
        let with_ids = YamlWriter::new(&directory);
        let writer = if names { with_ids.with_names(&name_index, &owner) } else { with_ids };
        let file = build_user_file_with(&rule, writer).to_string();
        std::fs::write(folder.path().join("users/alex.yaml"), &file).unwrap();
        std::fs::write(folder.path().join("callrules.yaml"), format!("account: \"{ACCOUNT}\"\nprune: all\n")).unwrap();
        let loaded = config::load(folder.path());
        let errors = loaded.diagnostics.iter().filter(|d| d.is_error());
        let messages: Vec<&String> = errors.map(|d| &d.message).collect();
        prop_assert!(messages.is_empty(), "{messages:?}\n{file}");
        let repository = loaded.repository.unwrap();
        let desired = config::resolve(&repository.users[0].file, &repository.settings, &repository.referenced_files, &directory, &name_index).unwrap();
        let rules = desired.rules.unwrap();
        let DesiredRule::Present { rule: read, .. } = &rules[0] else { panic!("not present") };
        prop_assert_eq!(&**read, &rule.with_defaults());
    }

    /// A rule whose keys are split between a file and its profile is merged into the same rule.
    #[test]
    fn file_and_profile_merge_into_same_rule(rule in rule().boxed(), in_file in any::<[bool; 32]>()) {
        let (directory, name_index) = (directory(), name_index());
        let whole = build_user_file_with(&rule, YamlWriter::new(&directory));
        let mut choices = in_file.iter().copied();
        let mut choose = || choices.next().unwrap_or_default();
        let (mut user, mut profile) = split_map(&whole, 4, &mut choose);
        user["extension"] = whole["extension"].clone();
        user["profiles"] = json!(["below"]);
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
        let desired = config::resolve(&repository.users[0].file, &repository.settings, &repository.referenced_files, &directory, &name_index).unwrap();
        let rules = desired.rules.unwrap();
        let DesiredRule::Present { rule: read, .. } = &rules[0] else { panic!("not present") };
        prop_assert_eq!(&**read, &rule.with_defaults(), "{}\n{}", profile, user);
    }

    /// After a PATCH no further PATCH is needed.
    #[test]
    fn patched_rule_needs_no_further_patch(before in rule().boxed(), wanted in partial_rule().boxed()) {
        let live_body = encode_rule(&before);
        let Ok(body) = encode::interaction_rule_body(Some(&live_body), &wanted, crate::strategies::rule_owner(&owner()), RequiredPartsMode::Add) else {
            // The type is `Terminate`, and neither rule has a destination.
            return Ok(());
        };
        prop_assert!(!needs_patch(&body, &wanted), "{:#}", Value::Object(body));
    }

    /// Any response is parsed, compared and printed without a panic, and unknown parts are kept.
    #[test]
    fn unexpected_response_never_panics_and_keeps_unknown_parts(rule in rule().boxed(), at in any::<prop::sample::Index>(), with in any_json()) {
        let mut body = Value::Object(respell_as_service(encode_rule(&rule)));
        let parts = count_parts(&body);
        replace_part(&mut body, &mut at.index(parts), &with);
        let Value::Object(body) = body else { return Ok(()) };
        let read = decode::interaction_rule(&body, &owner());
        let directory = directory();
        let written = YamlWriter::new(&directory).rule(&read);
        prop_assert!(written.is_object());
        let Ok(live) = InteractionRuleRecord::try_from(Value::Object(body)) else { return Ok(()) };
        // Undeclared parts stay unchanged.
        let renamed = RuleDefinition { name: "Other".to_owned(), ..RuleDefinition::default() };
        if let Ok(sent) = encode::interaction_rule_body(Some(&live.body), &renamed, crate::strategies::rule_owner(&owner()), RequiredPartsMode::Add) {
            prop_assert_eq!(&sent["dispatching"], &live.body["dispatching"]);
        }
        // A full declaration must not panic, but may be rejected.
        let _ = encode::interaction_rule_body(Some(&live.body), &read, crate::strategies::rule_owner(&owner()), RequiredPartsMode::Add);
    }

    /// RingCentral may respell what it was sent.
    #[test]
    fn respelled_rule_needs_no_patch(rule in rule().boxed()) {
        let body = respell_as_service(encode_rule(&rule));
        prop_assert!(!needs_patch(&body, &rule), "{:#}", Value::Object(body));
    }

    /// Unknown fields are part of the body that is sent.
    #[test]
    fn patch_keeps_undeclared_and_unknown_fields(rule in rule().boxed(), name in "[a-z]{1,8}") {
        let body = respell_as_service(encode_rule(&rule));
        let renamed = RuleDefinition { name, ..RuleDefinition::default() };
        let sent = encode::interaction_rule_body(Some(&body), &renamed, crate::strategies::rule_owner(&owner()), RequiredPartsMode::Add).unwrap();
        let count = |body: &RawBody| count_unknown_fields(&Value::Object(body.clone()));
        prop_assert_eq!(count(&sent), count(&body));
        prop_assert_eq!(&sent["dispatching"], &body["dispatching"]);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// The program applies to the sandbox, which validates all requests.
    #[test]
    fn plan_after_apply_is_empty(before in rule().boxed(), wanted in partial_rule().boxed(), new in rule().boxed(), hours in week().boxed(), rings in dispatching().boxed()) {
        let env = TestEnv::new(single_user_seed(json!([encode_rule(&before)])));
        let Ok(_) = encode::interaction_rule_body(Some(&encode_rule(&before)), &wanted, crate::strategies::rule_owner(&owner()), RequiredPartsMode::Add) else {
            return Ok(());
        };
        let mut file = build_user_file(&wanted);
        let directory = directory();
        let writer = YamlWriter::new(&directory);
        let mut new_rule = writer.rule(&new);
        new_rule["enabled"] = json!(true);
        file["interactionRules"]["New"] = new_rule;
        let schedule = callrules::model::CallSchedule::weekly(hours);
        file["states"]["work-hours"]["schedule"] = writer.schedule(&schedule);
        if let Some(ring) = rings.ring {
            let agent = callrules::model::CallDispatching { ring: Some(ring), ..Default::default() };
            file["states"]["agent"]["dispatching"] = writer.dispatching(&agent);
        }
        env.write("users/alex.yaml", &file.to_string());
        env.apply();
    }

    /// A rollback with the journal of an apply restores the account.
    #[test]
    fn rollback_after_apply_restores_account(before in rule().boxed(), wanted in partial_rule().boxed(), new in rule().boxed(), hours in week().boxed()) {
        let env = TestEnv::new(single_user_seed(json!([encode_rule(&before)])));
        let Ok(_) = encode::interaction_rule_body(Some(&encode_rule(&before)), &wanted, crate::strategies::rule_owner(&owner()), RequiredPartsMode::Add) else {
            return Ok(());
        };
        let before_apply = AccountBaseline::capture(&env);
        let mut file = build_user_file(&wanted);
        let directory = directory();
        let writer = YamlWriter::new(&directory);
        file["interactionRules"]["New"] = writer.rule(&new);
        let schedule = callrules::model::CallSchedule::weekly(hours);
        file["states"]["work-hours"]["schedule"] = writer.schedule(&schedule);
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
