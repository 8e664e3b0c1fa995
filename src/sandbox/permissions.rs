//! Permissions of the API app: those that a token names, and those that requests require.

use axum::http::StatusCode;
use serde::{Deserialize, Serialize};

use super::response::SandboxApiError;
use super::server::TOKEN_PATH;

/// A permission that the developer console grants to an API app. \[spec\]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppPermission {
    /// Permission to read all resources of the account.
    ReadAccounts,
    /// Permission to write rules and states.
    EditExtensions,
    /// Permission to search the audit trail.
    ReadAuditTrail,
}

impl AppPermission {
    /// All permissions that the sandbox supports.
    pub const ALL: [AppPermission; 3] = [
        AppPermission::ReadAccounts,
        AppPermission::EditExtensions,
        AppPermission::ReadAuditTrail,
    ];

    /// Returns the name that RingCentral uses for the permission.
    fn name(self) -> &'static str {
        match self {
            AppPermission::ReadAccounts => "ReadAccounts",
            AppPermission::EditExtensions => "EditExtensions",
            AppPermission::ReadAuditTrail => "ReadAuditTrail",
        }
    }

    /// Returns the permission that a request requires, if any. \[spec\]
    fn required_for(method: &str, path: &str) -> Option<AppPermission> {
        match method {
            _ if path == TOKEN_PATH || path.starts_with("/restapi/v1.0/dictionary/") => None,
            "GET" | "HEAD" => Some(AppPermission::ReadAccounts),
            _ if path.ends_with("/audit-trail/search") => Some(AppPermission::ReadAuditTrail),
            _ => Some(AppPermission::EditExtensions),
        }
    }
}

/// Returns the `scope` of a token: the permissions, separated by spaces. \[docs\]
pub(crate) fn token_scope(permissions: &[AppPermission]) -> String {
    let names: Vec<&str> = permissions
        .iter()
        .map(|permission| permission.name())
        .collect();
    names.join(" ")
}

/// Rejects a request whose permission the API app does not have.
///
/// The status is that of unavailable features. \[spec\] The code, and the check of the permission
/// before all others, are \[inferred\].
pub(crate) fn check_permission(
    permissions: &[AppPermission],
    method: &str,
    path: &str,
) -> Result<(), SandboxApiError> {
    match AppPermission::required_for(method, path) {
        Some(required) if !permissions.contains(&required) => {
            let name = required.name();
            let message = format!("the application lacks the permission [{name}] for this request");
            Err(SandboxApiError::with_detail(
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
    fn each_kind_of_request_requires_its_permission() {
        use AppPermission::{EditExtensions, ReadAccounts, ReadAuditTrail};
        let audit_search = "/restapi/v1.0/account/~/audit-trail/search";
        let rules = "/restapi/v2/accounts/~/extensions/1/comm-handling/voice/interaction-rules";
        for (method, path, required) in [
            ("POST", TOKEN_PATH, None),
            ("GET", "/restapi/v1.0/dictionary/greeting", None),
            ("GET", "/restapi/v1.0/account/~", Some(ReadAccounts)),
            ("GET", rules, Some(ReadAccounts)),
            ("POST", rules, Some(EditExtensions)),
            ("POST", audit_search, Some(ReadAuditTrail)),
        ] {
            assert_eq!(
                AppPermission::required_for(method, path),
                required,
                "{method} {path}"
            );
        }
        let error = check_permission(&[ReadAccounts], "POST", rules).unwrap_err();
        assert_eq!(
            (error.status.as_u16(), error.details[0].code),
            (403, "CMN-401")
        );
        assert!(check_permission(&[ReadAccounts], "GET", rules).is_ok());
    }
}
