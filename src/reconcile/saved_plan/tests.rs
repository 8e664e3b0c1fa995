//! Tests of parsing and verifying plan files.

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::model::{ExtensionId, GreetingUsage, NameListKey, NamedResource};
use crate::reconcile::FieldChange;
use crate::reconcile::change::WriteRequest;
use crate::reconcile::{ResourceFingerprint, UserSnapshot};

fn change(
    resource: ResourceKind,
    action: ChangeAction,
    method: WriteMethod,
    id: Option<&str>,
) -> PlannedChange {
    let owner = ExtensionId("1001".to_owned());
    let is_rule = resource == ResourceKind::InteractionRule;
    let body = json!({ "displayName": "VIP", "weight": 0.30000000000000004, "z": 1, "a": null });
    let name = id.filter(|_| !is_rule).unwrap_or("VIP");
    PlannedChange {
        rule_id: id.filter(|_| is_rule).map(str::to_owned),
        fields: vec![FieldChange {
            path: "dispatching.noAnswer".to_owned(),
            before: Value::Null,
            after: json!({ "extension": "102" }),
        }],
        request: WriteRequest {
            method,
            path: resource.url_path(&owner, id),
            body: Some(body).filter(|_| method != WriteMethod::Delete),
        },
        ..PlannedChange::sample(resource, action, name)
    }
}

fn fingerprint(id: &str) -> ResourceFingerprint {
    ResourceFingerprint {
        resource: ResourceKind::InteractionRule,
        id: id.to_owned(),
        name: String::new(),
        fingerprint: String::new(),
    }
}

fn plan() -> AccountPlan {
    use ChangeAction::{Create, Delete, Update};
    use ResourceKind::{InteractionRule, State, StateRule};
    use WriteMethod::{Patch, Post};
    let changes = vec![
        change(InteractionRule, Create, Post, None),
        change(InteractionRule, Update, Patch, Some("a-1")),
        change(InteractionRule, Delete, WriteMethod::Delete, Some("7")),
        change(StateRule, Update, Patch, Some("agent")),
        change(State, Update, Patch, Some("work-hours")),
    ];
    AccountPlan {
        account: "37439510".to_owned(),
        users: vec![UserPlan {
            extension_number: Some("101".to_owned()),
            name: "Zoë".to_owned(),
            live_rule_count: 2,
            snapshot: UserSnapshot {
                rules: Some(vec![fingerprint("7"), fingerprint("a-1")]),
                states: Some(Vec::new()),
            },
            ..UserPlan::sample("1001", changes)
        }],
    }
}

fn saved(plan: AccountPlan) -> SavedPlan {
    let list = NameListKey::Devices(ExtensionId("1001".to_owned()));
    let desk = NamedResource {
        id: "7".to_owned(),
        name: "Desk".to_owned(),
    };
    let greetings = NameListKey::Greetings(GreetingUsage::Voicemail);
    SavedPlan {
        created_at: "2026-11-20T23:00:00Z".to_owned(),
        server: "https://example.com".to_owned(),
        plan,
        names: NameIndex::from_iter([(list, vec![desk]), (greetings, Vec::new())]),
    }
}

fn text() -> String {
    saved(plan()).to_text().unwrap()
}

/// Returns the error for an edited file with a matching checksum.
fn with_valid_checksum(edit: impl FnOnce(&mut Value)) -> String {
    let mut document: Value = serde_json::from_str(&text()).unwrap();
    edit(&mut document);
    document.as_object_mut().unwrap().shift_remove(CHECKSUM_KEY);
    document[CHECKSUM_KEY] = checksum(&document).into();
    let read = SavedPlan::from_bytes(document.to_string().as_bytes());
    read.map_or_else(|why| why.to_string(), |_| String::new())
}

#[test]
fn saved_plan_round_trips() {
    let read = SavedPlan::from_bytes(text().as_bytes()).unwrap();
    assert_eq!(read.plan, plan());
    assert_eq!(read.to_text().unwrap(), text());
    assert_eq!(read.names.device_name("7"), Some("Desk"));
}

#[test]
fn checksum_ignores_white_space_and_key_order() {
    let mut document: Value = serde_json::from_str(&text()).unwrap();
    document.sort_all_objects();
    assert!(SavedPlan::from_bytes(document.to_string().as_bytes()).is_ok());
}

#[test]
fn other_files_are_rejected_with_their_reason() {
    let message = |bytes: &[u8]| SavedPlan::from_bytes(bytes).unwrap_err().to_string();
    assert!(message(b"").starts_with("it is not a plan, or is damaged: EOF"));
    assert!(message(b"\xff\xfe").starts_with("it is not a plan, or is damaged"));
    let half = &text().into_bytes()[..700];
    assert!(message(half).starts_with("it is not a plan, or is damaged"));
    let printed = br#"{"formatVersion": "1.0", "users": []}"#;
    assert!(message(printed).contains("not a saved plan: the key `checksum`"));
    assert!(message(b"[]").contains("not a saved plan"));
    let edited = text().replace("VIP", "VlP");
    assert!(message(edited.as_bytes()).contains("the checksum does not match"));
    let format = with_valid_checksum(|file| file["formatVersion"] = "2.0".into());
    assert!(format.contains("`2.0`, but this callrules reads 1.0"));
    let version = with_valid_checksum(|file| file["callrules"] = "99.1.0".into());
    assert!(version.contains("by callrules 99.1.0, but this is"));
    let patch = format!("{}.99", compatible_series(PROGRAM_VERSION).join("."));
    assert_eq!(
        with_valid_checksum(|file| file["callrules"] = patch.into()),
        ""
    );
    let hollow = with_valid_checksum(|file| file["plan"] = json!({}));
    assert!(
        hollow.contains("it does not contain a plan: missing field"),
        "{hollow}"
    );
}

#[test]
fn request_that_does_not_match_its_change_is_rejected() {
    assert_eq!(with_valid_checksum(|_| ()), "");
    type Edit = fn(&mut Value);
    let edits: [Edit; 12] = [
        |rule| rule["request"]["path"] = "/restapi/v1.0/account/~/extension/1001".into(),
        |rule| rule["request"]["path"] = "https://elsewhere.example/".into(),
        |rule| {
            rule["request"]["path"] = ResourceKind::State
                .url_path(&ExtensionId("1001".into()), Some("dnd"))
                .into();
        },
        |rule| {
            rule["request"]["path"] = ResourceKind::InteractionRule
                .url_path(&ExtensionId("1002".into()), Some("a-1"))
                .into();
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
            let path =
                ResourceKind::InteractionRule.url_path(&ExtensionId("1001".into()), Some("../x"));
            rule["request"]["path"] = path.into();
        },
    ];
    for (at, edit) in edits.into_iter().enumerate() {
        let message = with_valid_checksum(|file| edit(&mut file["plan"]["users"][0]["changes"][1]));
        assert!(
            message.contains("does not match the change"),
            "{at}: {message:?}"
        );
    }
    let message = with_valid_checksum(|file| file["plan"]["users"][0]["id"] = "1002".into());
    assert!(message.contains("does not match the change"), "{message}");
}

#[test]
fn duplicate_users_and_changes_are_rejected() {
    let message = with_valid_checksum(|file| {
        let users = file["plan"]["users"].as_array_mut().unwrap();
        users.push(users[0].clone());
    });
    assert_eq!(message, "the user with id 1001 occurs twice");
    for at in 0..5 {
        let message = with_valid_checksum(|file| {
            let changes = file["plan"]["users"][0]["changes"].as_array_mut().unwrap();
            changes.push(changes[at].clone());
        });
        assert!(message.ends_with("is changed twice"), "{at}: {message}");
    }
}

#[test]
fn live_rule_count_must_match_fingerprints() {
    let message = with_valid_checksum(|file| {
        file["plan"]["users"][0]["snapshot"]["rules"] = json!([]);
        file["plan"]["users"][0]["liveRules"] = json!(500);
    });
    assert!(
        message.ends_with("0 fingerprints of rules, but 500 live rules"),
        "{message}"
    );
}

/// A larger number of live rules would raise the safety limits.
#[test]
fn changed_resource_must_have_a_fingerprint() {
    for (resource, at) in [("rules", 0), ("states", 3)] {
        let message = with_valid_checksum(|file| {
            let user = &mut file["plan"]["users"][0];
            user["liveRules"] = json!(if at == 0 { 0 } else { 2 });
            user["snapshot"]
                .as_object_mut()
                .unwrap()
                .shift_remove(resource);
        });
        assert!(
            message.ends_with("is changed but has no fingerprint"),
            "{message}"
        );
    }
    let message = with_valid_checksum(|file| {
        let user = &mut file["plan"]["users"][0];
        user["snapshot"] = json!({ "states": [] });
        user["changes"] = json!([user["changes"][4]]);
        user["liveRules"] = json!(500);
    });
    assert!(
        message.ends_with("0 fingerprints of rules, but 500 live rules"),
        "{message}"
    );
}

/// Deletes of a rollback do not count for the safety limits.
#[test]
fn delete_reasons_of_a_rollback_are_rejected() {
    for reason in ["createdByApply", "requestedByApply"] {
        let message = with_valid_checksum(|file| {
            file["plan"]["users"][0]["changes"][2]["reason"] = json!(reason);
        });
        assert!(
            message.ends_with("has the delete reason of a rollback"),
            "{message}"
        );
    }
}

proptest! {
    /// A damaged file is rejected or means the same as before.
    #[test]
    fn damaged_files_are_rejected(
        at in any::<prop::sample::Index>(),
        cut in 0..40_usize,
        with in prop::collection::vec(any::<u8>(), 0..8),
    ) {
        let mut bytes = text().into_bytes();
        let start = at.index(bytes.len());
        let end = (start + cut).min(bytes.len());
        bytes.splice(start..end, with);
        if let Ok(read) = SavedPlan::from_bytes(&bytes) {
            prop_assert_eq!(read.plan, plan());
        }
    }

    #[test]
    fn anything_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(SavedPlan::from_bytes(&bytes).is_err());
    }

    /// Data of any shape with a matching checksum causes an error, not a panic.
    #[test]
    fn forged_values_are_errors(
        key in prop::sample::select(vec!["/plan/users/0/changes/0", "/plan/users/0", "/plan", "/names", "/plan/users/0/changes/3/request", "/server"]),
        value in prop::sample::select(vec![json!(null), json!([]), json!({}), json!("x"), json!(1e300), json!([[{"devices": "1"}, []]])]),
    ) {
        let message = with_valid_checksum(|file| *file.pointer_mut(key).unwrap() = value.clone());
        prop_assert!(!message.is_empty() || !key.starts_with("/plan"), "{}", key);
    }
}
