//! A record of the audit trail: who was touched, as far as it says.

use jiff::Timestamp;
use serde_json::Value;

use crate::model::ExtensionId;

/// One change that somebody made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The service's id of it.
    pub id: Option<String>,
    /// When it was. Whoever made the change says so \[spec\].
    pub at: Option<Timestamp>,
    /// What was done, in the service's word for it; empty where it has none.
    pub action: String,
    /// What was changed.
    pub target: Touched,
    /// Who changed it.
    pub initiator: Option<ExtensionId>,
}

/// What a record is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Touched {
    /// One extension: a user, a queue, or another one.
    Extension(ExtensionId),
    /// Something of which nobody can say whom it concerns, by the service's word for it: the company, a
    /// template, …
    Beyond(String),
}

impl From<&Value> for AuditRecord {
    /// What is missing, or of another kind, is not there: then nobody can say whom the record concerns.
    fn from(record: &Value) -> Self {
        let text = |at: &str| record.pointer(at).and_then(Value::as_str);
        let target = match (text("/target/objectType"), text("/target/objectId")) {
            // "0" stands for the company \[spec\].
            (Some("Extension"), Some(id)) if id != "0" && !id.is_empty() => {
                Touched::Extension(ExtensionId(id.to_owned()))
            }
            (kind, _) => Touched::Beyond(kind.map(word).unwrap_or_default()),
        };
        let initiator = text("/initiator/extensionId").filter(|id| !id.is_empty());
        AuditRecord {
            id: text("/id").filter(|id| !id.is_empty()).map(str::to_owned),
            at: text("/eventTime").and_then(|at| at.parse().ok()),
            action: text("/actionId").map(word).unwrap_or_default(),
            target,
            initiator: initiator.map(|id| ExtensionId(id.to_owned())),
        }
    }
}

/// A word that can be shown: what the service sends may be anything.
fn word(text: &str) -> String {
    let fits = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.');
    text.chars().filter(fits).take(60).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn record(target: &Value) -> AuditRecord {
        let record = json!({
            "id": "a", "eventTime": "2026-11-21T09:00:00.500Z", "actionId": "CHANGE\u{7}_IT",
            "initiator": { "extensionId": "1" }, "target": target,
        });
        AuditRecord::from(&record)
    }

    #[test]
    fn only_an_extension_with_an_id_is_one_user() {
        let one = record(&json!({ "objectType": "Extension", "objectId": "7" }));
        assert_eq!(one.target, Touched::Extension(ExtensionId("7".to_owned())));
        assert_eq!(one.action, "CHANGE_IT");
        assert_eq!(one.initiator, Some(ExtensionId("1".to_owned())));
        assert_eq!(one.at, Some("2026-11-21T09:00:00.5Z".parse().unwrap()));
        for (target, kind) in [
            (
                json!({ "objectType": "Extension", "objectId": "0" }),
                "Extension",
            ),
            (json!({ "objectType": "Extension" }), "Extension"),
            (
                json!({ "objectType": "Template", "objectId": "7" }),
                "Template",
            ),
            (json!({ "objectId": "7" }), ""),
            (json!(null), ""),
        ] {
            assert_eq!(record(&target).target, Touched::Beyond(kind.to_owned()));
        }
    }

    #[test]
    fn a_record_without_anything_is_still_one() {
        let none = AuditRecord::from(&json!({ "id": 7, "eventTime": "yesterday" }));
        assert_eq!((none.id, none.at, none.initiator), (None, None, None));
        assert_eq!(none.target, Touched::Beyond(String::new()));
    }
}
