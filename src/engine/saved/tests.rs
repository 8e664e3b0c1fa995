//! What comes back from a file, and what does not.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::engine::FieldChange;
use crate::engine::account::Request;
use crate::engine::{Seen, Trace};
use crate::model::{ExtensionId, GreetingPlace, NameList, Named};

fn change(resource: Resource, action: Action, method: Method, id: Option<&str>) -> Change {
    let owner = ExtensionId("1001".to_owned());
    let is_rule = resource == Resource::InteractionRule;
    let body = json!({ "displayName": "VIP", "weight": 0.30000000000000004, "z": 1, "a": null });
    Change {
        action,
        resource,
        name: id.filter(|_| !is_rule).unwrap_or("VIP").to_owned(),
        rule_id: id.filter(|_| is_rule).map(str::to_owned),
        reason: None,
        fields: vec![FieldChange {
            path: "dispatching.noAnswer".to_owned(),
            before: Value::Null,
            after: json!({ "extension": "102" }),
        }],
        request: Request {
            method,
            path: resource.path(&owner, id),
            body: Some(body).filter(|_| method != Method::Delete),
        },
    }
}

fn trace(id: &str) -> Trace {
    Trace {
        resource: Resource::InteractionRule,
        id: id.to_owned(),
        name: String::new(),
        fingerprint: String::new(),
    }
}

fn plan() -> Plan {
    use Resource::{InteractionRule, State, StateRule};
    Plan {
        account: "37439510".to_owned(),
        users: vec![UserPlan {
            extension_number: Some("101".to_owned()),
            id: ExtensionId("1001".to_owned()),
            name: "Zoë".to_owned(),
            changes: vec![
                change(InteractionRule, Action::Create, Method::Post, None),
                change(InteractionRule, Action::Update, Method::Patch, Some("a-1")),
                change(InteractionRule, Action::Delete, Method::Delete, Some("7")),
                change(StateRule, Action::Update, Method::Patch, Some("agent")),
                change(State, Action::Update, Method::Patch, Some("work-hours")),
            ],
            live_rules: 2,
            unmanaged: Vec::new(),
            notes: Vec::new(),
            impact: Vec::new(),
            seen: Seen {
                rules: Some(vec![trace("7"), trace("a-1")]),
                states: Some(Vec::new()),
            },
        }],
    }
}

fn saved(plan: Plan) -> Saved {
    let list = NameList::Devices(ExtensionId("1001".to_owned()));
    let desk = Named {
        id: "7".to_owned(),
        name: "Desk".to_owned(),
    };
    let greetings = NameList::Greetings(GreetingPlace::Voicemail);
    Saved {
        created_at: "2026-11-20T23:00:00Z".to_owned(),
        server: "https://example.com".to_owned(),
        plan,
        catalogue: Catalogue::from_iter([(list, vec![desk]), (greetings, Vec::new())]),
    }
}

fn text() -> String {
    saved(plan()).to_text().unwrap()
}

/// The message for a file that somebody has edited with more care than the checksum allows for.
fn forged(edit: impl FnOnce(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(&text()).unwrap();
    edit(&mut document);
    document.as_object_mut().unwrap().shift_remove(CHECKSUM);
    document[CHECKSUM] = checksum(&document).into();
    let read = Saved::from_bytes(document.to_string().as_bytes());
    read.map_or_else(|why| why.to_string(), |_| String::new())
}

#[test]
fn a_plan_comes_back_as_it_was() {
    let read = Saved::from_bytes(text().as_bytes()).unwrap();
    assert_eq!(read.plan, plan());
    assert_eq!(read.to_text().unwrap(), text());
    assert_eq!(read.catalogue.device("7"), Some("Desk"));
}

#[test]
fn white_space_and_the_order_of_keys_are_free() {
    let mut document: Value = serde_json::from_str(&text()).unwrap();
    document.sort_all_objects();
    assert!(Saved::from_bytes(document.to_string().as_bytes()).is_ok());
}

#[test]
fn what_is_no_plan_of_this_version_is_told_as_what_it_is() {
    let told = |bytes: &[u8]| Saved::from_bytes(bytes).unwrap_err().to_string();
    assert!(told(b"").starts_with("it is damaged or cut off: EOF"));
    assert!(told(b"\xff\xfe").starts_with("it is damaged or cut off"));
    let half = &text().into_bytes()[..700];
    assert!(told(half).starts_with("it is damaged or cut off"));
    let printed = br#"{"formatVersion": "1.0", "users": []}"#;
    assert!(told(printed).contains("not a saved plan: the key `checksum`"));
    assert!(told(b"[]").contains("not a saved plan"));
    let edited = text().replace("VIP", "VlP");
    assert!(told(edited.as_bytes()).contains("the checksum does not fit"));
    let format = forged(|file| file["formatVersion"] = "2.0".into());
    assert!(format.contains("`2.0`, and this callrules reads 1.0"));
    let version = forged(|file| file["callrules"] = "99.1.0".into());
    assert!(version.contains("by callrules 99.1.0, and this is"));
    let patch = format!("{}.99", series(CALLRULES).join("."));
    assert_eq!(forged(|file| file["callrules"] = patch.into()), "");
    let hollow = forged(|file| file["plan"] = json!({}));
    assert!(
        hollow.contains("it holds no plan: missing field"),
        "{hollow}"
    );
}

#[test]
fn a_request_does_what_its_change_says_and_nothing_else() {
    assert_eq!(forged(|_| ()), "");
    type Edit = fn(&mut Value);
    let edits: [Edit; 12] = [
        |rule| rule["request"]["path"] = "/restapi/v1.0/account/~/extension/1001".into(),
        |rule| rule["request"]["path"] = "https://elsewhere.example/".into(),
        |rule| {
            rule["request"]["path"] = Resource::State
                .path(&ExtensionId("1001".into()), Some("dnd"))
                .into()
        },
        |rule| {
            rule["request"]["path"] = Resource::InteractionRule
                .path(&ExtensionId("1002".into()), Some("a-1"))
                .into()
        },
        |rule| rule["request"]["method"] = "DELETE".into(),
        |rule| rule["request"]["body"] = Value::Null,
        |rule| rule["request"]["body"] = "text".into(),
        |rule| rule["action"] = "delete".into(),
        |rule| rule["action"] = "create".into(),
        |rule| rule["resource"] = "stateRule".into(),
        |rule| rule["ruleId"] = Value::Null,
        |rule| {
            rule["ruleId"] = "../x".into();
            let path = Resource::InteractionRule.path(&ExtensionId("1001".into()), Some("../x"));
            rule["request"]["path"] = path.into();
        },
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let told = forged(|file| edit(&mut file["plan"]["users"][0]["changes"][1]));
        assert!(told.contains("is none for that"), "{at}: {told:?}");
    }
    let told = forged(|file| file["plan"]["users"][0]["id"] = "1002".into());
    assert!(told.contains("is none for that"), "{told}");
}

#[test]
fn nobody_and_nothing_is_changed_twice() {
    let told = forged(|file| {
        let users = file["plan"]["users"].as_array_mut().unwrap();
        users.push(users[0].clone());
    });
    assert_eq!(told, "it has the user with id 1001 twice");
    for at in 0..5 {
        let told = forged(|file| {
            let changes = file["plan"]["users"][0]["changes"].as_array_mut().unwrap();
            changes.push(changes[at].clone());
        });
        assert!(told.ends_with("is changed twice"), "{at}: {told}");
    }
}

#[test]
fn rules_are_counted_as_they_were_seen() {
    let told = forged(|file| {
        file["plan"]["users"][0]["seen"]["rules"] = json!([]);
        file["plan"]["users"][0]["liveRules"] = json!(500);
    });
    assert!(
        told.ends_with("0 live rules were seen, and 500 counted"),
        "{told}"
    );
}

/// A number of rules that nobody has seen would raise what the guards allow.
#[test]
fn what_is_changed_was_seen() {
    for (resource, at) in [("rules", 0), ("states", 3)] {
        let told = forged(|file| {
            let user = &mut file["plan"]["users"][0];
            user["liveRules"] = json!(if at == 0 { 0 } else { 2 });
            user["seen"].as_object_mut().unwrap().shift_remove(resource);
        });
        assert!(told.ends_with("is changed and was not seen"), "{told}");
    }
    let told = forged(|file| {
        let user = &mut file["plan"]["users"][0];
        user["seen"] = json!({ "states": [] });
        user["changes"] = json!([user["changes"][4]]);
        user["liveRules"] = json!(500);
    });
    assert!(
        told.ends_with("0 live rules were seen, and 500 counted"),
        "{told}"
    );
}

/// What a rollback deletes does not count for the guards.
#[test]
fn nothing_is_deleted_as_in_a_rollback() {
    for reason in ["madeByThatApply", "askedForByThatApply"] {
        let told = forged(|file| {
            file["plan"]["users"][0]["changes"][2]["reason"] = json!(reason);
        });
        assert!(told.ends_with("is deleted as in a rollback"), "{told}");
    }
}

proptest! {
    /// Whatever happens to a file, it is refused, or says what it said.
    #[test]
    fn damage_is_found(
        at in any::<prop::sample::Index>(),
        cut in 0..40_usize,
        with in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut bytes = text().into_bytes();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, with);
        if let Ok(read) = Saved::from_bytes(&bytes) {
            prop_assert_eq!(read.plan, plan());
        }
    }

    #[test]
    fn anything_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Saved::from_bytes(&bytes).is_err());
    }

    /// Data of any shape behind a checksum that fits.
    #[test]
    fn a_forger_gets_no_further_than_an_error(
        key in prop::sample::select(vec!["/plan/users/0/changes/0", "/plan/users/0", "/plan", "/catalogue", "/plan/users/0/changes/3/request", "/server"]),
        value in prop::sample::select(vec![json!(null), json!([]), json!({}), json!("x"), json!(1e300), json!([[{"devices": "1"}, []]])]),
    ) {
        let told = forged(|file| *file.pointer_mut(key).unwrap() = value.clone());
        prop_assert!(!told.is_empty() || !key.starts_with("/plan"), "{}", key);
    }
}
