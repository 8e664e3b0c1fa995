//! The kinds of request, and the rate-limit group that each is documented to count in.

/// The verbs that we use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Verb {
    Get,
    Post,
    Patch,
    Delete,
}

impl Verb {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Verb::Get => "GET",
            Verb::Post => "POST",
            Verb::Patch => "PATCH",
            Verb::Delete => "DELETE",
        }
    }
}

/// A verb on a kind of resource: what the service assigns to one rate-limit group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Kind {
    verb: Verb,
    endpoint: usize,
}

/// Templates (`*` stands for one segment) with the usage-plan group of the vendor's reference
/// \[spec\]. It holds until an answer names the group, because groups differ per app \[docs\].
const ENDPOINTS: [(&str, &str); 12] = [
    ("/restapi/oauth/token", "auth"),
    ("/restapi/v1.0/account/*", "light"),
    ("/restapi/v1.0/account/*/audit-trail/search", "heavy"),
    ("/restapi/v1.0/account/*/extension", "medium"),
    ("/restapi/v1.0/account/*/extension/*/device", "light"),
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

impl Kind {
    pub(super) fn of(verb: Verb, path: &str) -> Kind {
        let known = ENDPOINTS
            .iter()
            .position(|(template, _)| fits(template, path));
        Kind {
            verb,
            endpoint: known.unwrap_or(ENDPOINTS.len()),
        }
    }

    /// The documented group; an unknown endpoint counts in the group that nearly all are in.
    pub(super) fn documented_group(self) -> &'static str {
        ENDPOINTS
            .get(self.endpoint)
            .map_or("medium", |(_, group)| group)
    }
}

fn fits(template: &str, path: &str) -> bool {
    let mut segments = path.split('/');
    template.split('/').all(|wanted| {
        segments
            .next()
            .is_some_and(|found| wanted == "*" || wanted == found)
    }) && segments.next().is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kind_forgets_ids_but_not_verbs() {
        let rules = "/restapi/v2/accounts/~/extensions/7/comm-handling/voice/interaction-rules";
        let one = Kind::of(Verb::Get, &format!("{rules}/a"));
        assert_eq!(
            one,
            Kind::of(Verb::Get, &format!("{}/b", rules.replace('7', "8")))
        );
        assert_ne!(one, Kind::of(Verb::Delete, &format!("{rules}/a")));
        assert_ne!(one, Kind::of(Verb::Get, rules));
    }

    #[test]
    fn groups_follow_the_reference() {
        let group = |path| Kind::of(Verb::Get, path).documented_group();
        assert_eq!(group("/restapi/oauth/token"), "auth");
        assert_eq!(group("/restapi/v1.0/account/~"), "light");
        assert_eq!(group("/restapi/v1.0/account/~/extension"), "medium");
        let search = "/restapi/v1.0/account/~/audit-trail/search";
        assert_eq!(group(search), "heavy");
        assert_eq!(group("/restapi/v9/novelty"), "medium");
    }
}
