//! A record of the audit trail, and the extension that it concerns.

use jiff::Timestamp;
use serde_json::Value;

use crate::model::ExtensionId;

/// One record of the audit trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// The id of the record.
    pub id: Option<String>,
    /// The time of the change, as reported by its author \[spec\].
    pub changed_at: Option<Timestamp>,
    /// The service's action id; empty if there is none.
    pub action: String,
    /// The object that was changed.
    pub target: AuditTarget,
    /// The extension id of the author, if it is known.
    pub initiator: Option<ExtensionId>,
    /// The name of the author, if it is known.
    pub initiator_name: Option<String>,
    /// The details of the change as keys and values, such as `ruleName`.
    pub details: Vec<(String, String)>,
}

/// The object of an audit record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AuditTarget {
    /// One extension: a user, a queue, or another one.
    Extension(ExtensionId),
    /// Any other object, such as the company or a template, by the service's type name: the
    /// affected users are unknown.
    Other(String),
}

impl From<&Value> for AuditRecord {
    /// Parses a record. Missing or malformed parts are left out, so the affected users are unknown.
    fn from(record: &Value) -> Self {
        let text = |at: &str| record.pointer(at).and_then(Value::as_str);
        let target = match (text("/target/objectType"), text("/target/objectId")) {
            // The object id "0" is the company \[spec\].
            (Some("Extension"), Some(id)) if id != "0" && !id.is_empty() => {
                AuditTarget::Extension(ExtensionId(id.to_owned()))
            }
            (kind, _) => AuditTarget::Other(kind.map(sanitize_token).unwrap_or_default()),
        };
        let initiator = text("/initiator/extensionId").filter(|id| !id.is_empty());
        let name = text("/initiator/name").filter(|name| !name.trim().is_empty());
        let parameters = record.pointer("/details/parameters");
        let parameters = parameters.and_then(Value::as_array).into_iter().flatten();
        let details = parameters.filter_map(|parameter| {
            let text = |key: &str| Some(parameter.get(key)?.as_str()?.to_owned());
            Some((text("key")?, text("value")?))
        });
        AuditRecord {
            id: text("/id").filter(|id| !id.is_empty()).map(str::to_owned),
            changed_at: text("/eventTime").and_then(|at| at.parse().ok()),
            // A suffix after a colon numbers the records of one change [field].
            action: text("/actionId")
                .and_then(|action| action.split(':').next())
                .map(sanitize_token)
                .unwrap_or_default(),
            target,
            initiator: initiator.map(|id| ExtensionId(id.to_owned())),
            initiator_name: name.map(str::to_owned),
            details: details.collect(),
        }
    }
}

/// Removes everything but letters, digits and separators, because the service may send any text.
fn sanitize_token(text: &str) -> String {
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
    fn audit_target_with_id_is_extension_and_others_are_other() {
        let one = record(&json!({ "objectType": "Extension", "objectId": "7" }));
        assert_eq!(
            one.target,
            AuditTarget::Extension(ExtensionId("7".to_owned()))
        );
        assert_eq!(one.action, "CHANGE_IT");
        assert_eq!(one.initiator, Some(ExtensionId("1".to_owned())));
        assert_eq!(
            one.changed_at,
            Some("2026-11-21T09:00:00.5Z".parse().unwrap())
        );
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
            assert_eq!(record(&target).target, AuditTarget::Other(kind.to_owned()));
        }
    }

    #[test]
    fn empty_audit_record_has_no_details() {
        let none = AuditRecord::from(&json!({ "id": 7, "eventTime": "yesterday" }));
        assert_eq!(
            (none.id, none.changed_at, none.initiator),
            (None, None, None)
        );
        assert_eq!(none.target, AuditTarget::Other(String::new()));
    }
}
