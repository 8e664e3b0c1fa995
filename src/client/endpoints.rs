//! Endpoint classes and the rate-limit group that each is documented to count in.

use super::request::HttpMethod;

/// A method on a kind of resource: the unit that RingCentral assigns to a rate-limit group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct EndpointClass {
    method: HttpMethod,
    endpoint: usize,
}

const TOKEN_PATH: &str = "/restapi/oauth/token";
const AUDIT_SEARCH_TEMPLATE: &str = "/restapi/v1.0/account/*/audit-trail/search";

/// Path templates (`*` matches one segment) with their usage-plan group in the API reference
/// \[spec\]. The group holds until a response names another one, because groups differ per app
/// \[docs\].
const ENDPOINTS: [(&str, &str); 12] = [
    (TOKEN_PATH, "auth"),
    ("/restapi/v1.0/account/*", "light"),
    (AUDIT_SEARCH_TEMPLATE, "heavy"),
    ("/restapi/v1.0/account/*/extension", "medium"),
    // Its group is not documented in our sources, so the stricter one is assumed.
    ("/restapi/v1.0/account/*/device", "medium"),
    ("/restapi/v1.0/account/*/extension/*/features", "medium"),
    ("/restapi/v1.0/dictionary/greeting", "medium"),
    (
        "/restapi/v2/accounts/*/extensions/*/comm-handling/states/*",
        "medium",
    ),
    (
        "/restapi/v2/accounts/*/extensions/*/comm-handling/voice/state-rules",
        "medium",
    ),
    (
        "/restapi/v2/accounts/*/extensions/*/comm-handling/voice/state-rules/*",
        "medium",
    ),
    (
        "/restapi/v2/accounts/*/extensions/*/comm-handling/voice/interaction-rules",
        "medium",
    ),
    (
        "/restapi/v2/accounts/*/extensions/*/comm-handling/voice/interaction-rules/*",
        "medium",
    ),
];

impl EndpointClass {
    pub(super) fn classify(method: HttpMethod, path: &str) -> EndpointClass {
        let endpoint = ENDPOINTS
            .iter()
            .position(|(template, _)| matches_template(template, path));
        EndpointClass {
            method,
            endpoint: endpoint.unwrap_or(ENDPOINTS.len()),
        }
    }

    /// Returns whether requests of this class change the account. A sign-in and a search are sent
    /// as POST, too.
    pub(super) fn is_write(self) -> bool {
        let template = ENDPOINTS.get(self.endpoint).map(|(template, _)| *template);
        self.method != HttpMethod::Get
            && !matches!(template, Some(TOKEN_PATH | AUDIT_SEARCH_TEMPLATE))
    }

    /// Returns the documented group, or for an unknown endpoint the group that nearly all endpoints
    /// are in.
    pub(super) fn default_rate_group(self) -> &'static str {
        ENDPOINTS
            .get(self.endpoint)
            .map_or("medium", |(_, group)| group)
    }
}

fn matches_template(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    template.split('/').all(|expected| {
        segments
            .next()
            .is_some_and(|actual| expected == "*" || expected == actual)
    }) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endpoint_class_ignores_ids_but_not_methods() {
        let rules = "/restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules";
        let class = EndpointClass::classify(HttpMethod::Get, &format!("{rules}/a"));
        assert_eq!(
            class,
            EndpointClass::classify(HttpMethod::Get, &format!("{}/b", rules.replace('7', "8")))
        );
        assert_ne!(
            class,
            EndpointClass::classify(HttpMethod::Delete, &format!("{rules}/a"))
        );
        assert_ne!(class, EndpointClass::classify(HttpMethod::Get, rules));
    }

    #[test]
    fn default_rate_group_follows_the_api_reference() {
        let group = |path| EndpointClass::classify(HttpMethod::Get, path).default_rate_group();
        assert_eq!(group("/restapi/oauth/token"), "auth");
        assert_eq!(group("/restapi/v1.0/account/~"), "light");
        assert_eq!(group("/restapi/v1.0/account/~/extension"), "medium");
        let search = "/restapi/v1.0/account/~/audit-trail/search";
        assert_eq!(group(search), "heavy");
        assert_eq!(group("/restapi/v9/unknown"), "medium");
    }
}
