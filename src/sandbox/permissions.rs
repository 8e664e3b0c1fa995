//! What the app may do: the permissions that a token names, and those that requests need.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::answers::ApiError;
use super::server::TOKEN_PATH;

/// A permission that the developer console gives to an app. \[spec\]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Permission {
    /// Reading anything of the account.
    ReadAccounts,
    /// Writing rules and states.
    EditExtensions,
    /// Searching the audit trail.
    ReadAuditTrail,
}

impl Permission {
    /// All that there are here.
    pub const ALL: [Permission; 3] = [
        Permission::ReadAccounts,
        Permission::EditExtensions,
        Permission::ReadAuditTrail,
    ];

    fn name(self) -> &'static str {
        match self {
            Permission::ReadAccounts => "ReadAccounts",
            Permission::EditExtensions => "EditExtensions",
            Permission::ReadAuditTrail => "ReadAuditTrail",
        }
    }

    /// What a request needs, if anything. \[spec\]
    fn needed(method: &str, path: &str) -> Option<Permission> {
        match method {
            _ if path == TOKEN_PATH || path.starts_with("/restapi/v1.0/dictionary/") => None,
            "GET" | "HEAD" => Some(Permission::ReadAccounts),
            _ if path.ends_with("/audit-trail/search") => Some(Permission::ReadAuditTrail),
            _ => Some(Permission::EditExtensions),
        }
    }
}

/// The `scope` of a token. \[docs: separated by spaces\]
pub(crate) fn scope(permissions: &[Permission]) -> String {
    let names: Vec<&str> = permissions.iter().map(|one| one.name()).collect();
    names.join(" ")
}

/// Refuses what the app may not do. The status is that of missing features \[spec\]; the code, and that the
/// permission is looked at before anything else of a request, are \[inferred\].
pub(crate) fn check(permissions: &[Permission], method: &str, path: &str) -> Result<(), ApiError> {
    match Permission::needed(method, path) {
        Some(needed) if !permissions.contains(&needed) => {
            let name = needed.name();
            let message = format!("the application lacks the permission [{name}] for this request");
            Err(ApiError::one(
                StatusCode::FORBIDDEN,
                "CMN-401",
                message,
                None,
            ))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_and_writing_need_a_permission_each() {
        use Permission::{EditExtensions, ReadAccounts, ReadAuditTrail};
        let trail = "/restapi/v1.0/account/~/audit-trail/search";
        let rules = "/restapi/v2/accounts/~/extensions/1/comm-handling/voice/interaction-rules";
        for (method, path, needed) in [
            ("POST", TOKEN_PATH, None),
            ("GET", "/restapi/v1.0/dictionary/greeting", None),
            ("GET", "/restapi/v1.0/account/~", Some(ReadAccounts)),
            ("GET", rules, Some(ReadAccounts)),
            ("POST", rules, Some(EditExtensions)),
            ("POST", trail, Some(ReadAuditTrail)),
        ] {
            assert_eq!(Permission::needed(method, path), needed, "{method} {path}");
        }
        let refused = check(&[ReadAccounts], "POST", rules).unwrap_err();
        assert_eq!(
            (refused.status.as_u16(), refused.refusals[0].code),
            (403, "CMN-401")
        );
        assert!(check(&[ReadAccounts], "GET", rules).is_ok());
    }
}
