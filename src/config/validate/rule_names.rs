//! Validates the names of a user's interaction rules: duplicates, renames and ignored names.

use std::collections::HashMap;

use crate::config::ConfigFinding;
use crate::config::types::{InteractionRuleSpec, UserFile};
use crate::diagnostic::DiagnosticCode;
use crate::model::NamePattern;
use crate::yaml::YamlPath;

/// A declared rule with its path. The rule is `None` if the file sets it to `null`.
struct DeclaredRule<'a> {
    key: &'a str,
    rule: Option<&'a InteractionRuleSpec>,
    at: YamlPath,
}

/// A name or id that identifies a rule on the account, with its path in the file.
type RuleMention<'a> = (&'a str, YamlPath);

impl<'a> DeclaredRule<'a> {
    /// Returns the name that the rule will have on the account.
    fn name(&self) -> RuleMention<'a> {
        match self.rule.and_then(|rule| rule.name.as_deref()) {
            Some(name) => (name, self.at.key("name")),
            None => (self.key, self.at.clone()),
        }
    }

    fn renamed_from(&self) -> Option<RuleMention<'a>> {
        let old = self.rule?.renamed_from.as_deref()?;
        Some((old, self.at.key("renamedFrom")))
    }

    fn id(&self) -> Option<RuleMention<'a>> {
        let id = self.rule?.id.as_ref()?;
        Some((&id.0, self.at.key("id")))
    }
}

/// Validates the rule names of a file. `ignored` holds the patterns that `callrules.yaml` ignores.
pub(super) fn validate_rule_names(
    file: &UserFile,
    ignored: &[String],
    findings: &mut Vec<ConfigFinding>,
) {
    let at = YamlPath::root().key("interactionRules");
    let rules = file.interaction_rules.iter().flatten();
    let all: Vec<DeclaredRule<'_>> = rules
        .map(|(key, rule)| DeclaredRule {
            key,
            rule: rule.as_ref(),
            at: at.key(key),
        })
        .collect();
    require_non_empty("ignore", file.ignore.as_deref(), findings);
    check_ignored_rules(
        &all,
        file.ignore.as_deref().unwrap_or_default(),
        ignored,
        findings,
    );
    validate_renames(&all, findings);
    validate_unique_ids(&all, findings);
}

/// Reports an optional list that is present but empty.
pub(super) fn require_non_empty<T>(
    key: &str,
    list: Option<&[T]>,
    findings: &mut Vec<ConfigFinding>,
) {
    if list.is_some_and(<[T]>::is_empty) {
        let at = YamlPath::root().key(key);
        let finding =
            ConfigFinding::new(DiagnosticCode::EmptyList, at, format!("`{key}` is empty"));
        findings.push(finding.with_help("remove the key"));
    }
}

/// Reports rules that are declared although the file or `callrules.yaml` ignores them.
fn check_ignored_rules(
    all: &[DeclaredRule<'_>],
    own: &[String],
    everywhere: &[String],
    findings: &mut Vec<ConfigFinding>,
) {
    const IGNORED_RULE_HELP: &str = "declare the rule or ignore it, but not both";
    let names = all.iter().flat_map(|declared| {
        let key = Some((declared.key, declared.at.clone()));
        let name = Some(declared.name()).filter(|(name, _)| *name != declared.key);
        [key, name, declared.renamed_from()].into_iter().flatten()
    });
    let names: Vec<RuleMention<'_>> = names.collect();
    let hits = |pattern: &String| {
        let glob = NamePattern::new(pattern);
        let hits = names.iter().filter(move |(name, _)| glob.matches(name));
        hits.cloned()
    };
    for (index, pattern) in own.iter().enumerate() {
        for (name, at) in hits(pattern) {
            let message = format!("`{pattern}` ignores the declared rule `{name}`");
            let ignore = YamlPath::root().key("ignore").item(index);
            let finding = ConfigFinding::new(DiagnosticCode::Contradiction, ignore, message);
            findings.push(finding.with_help(IGNORED_RULE_HELP).with_related(at));
        }
    }
    for pattern in everywhere {
        for (name, at) in hits(pattern) {
            let message = format!("`{pattern}` in callrules.yaml ignores the rule `{name}`");
            findings.push(
                ConfigFinding::new(DiagnosticCode::Contradiction, at, message)
                    .with_help(IGNORED_RULE_HELP),
            );
        }
    }
}

fn validate_renames(all: &[DeclaredRule<'_>], findings: &mut Vec<ConfigFinding>) {
    for declared in all {
        let Some((old, at)) = declared.renamed_from() else {
            continue;
        };
        if old == declared.name().0 {
            let message = "`renamedFrom` is the rule's current name";
            findings.push(
                ConfigFinding::new(DiagnosticCode::Contradiction, at, message)
                    .with_help("remove the key"),
            );
        } else if let Some(other) = all.iter().find(|other| other.name().0 == old) {
            let message = format!("`{old}` is renamed here but still declared");
            findings.push(
                ConfigFinding::new(DiagnosticCode::Contradiction, at, message)
                    .with_help(format!("remove the rule `{old}`, or this key"))
                    .with_related(other.name().1),
            );
        }
    }
}

/// Reports rules of the file that would be the same rule on the account, or have similar names.
fn validate_unique_ids(all: &[DeclaredRule<'_>], findings: &mut Vec<ConfigFinding>) {
    let by_id = all.iter().filter_map(DeclaredRule::id);
    check_duplicate_mentions(by_id, "have the id", findings);
    let by_old_name = all.iter().filter_map(DeclaredRule::renamed_from);
    check_duplicate_mentions(by_old_name, "are renamed from", findings);
    // Ids distinguish rules that have the same name.
    let unpinned = || all.iter().filter(|declared| declared.id().is_none());
    check_duplicate_mentions(unpinned().map(DeclaredRule::name), "are called", findings);
    let mut first: HashMap<String, RuleMention<'_>> = HashMap::new();
    for (name, at) in unpinned().map(DeclaredRule::name) {
        let normalized = name.split_whitespace().collect::<Vec<_>>().join(" ");
        let other = first
            .entry(normalized.to_lowercase())
            .or_insert_with(|| (name, at.clone()));
        if other.0 != name {
            let message = format!("`{name}` and `{}` are different rules", other.0);
            findings.push(
                ConfigFinding::new(DiagnosticCode::NearDuplicateName, at, message)
                    .with_label("the names differ only in case or spaces")
                    .with_help("if this should be one rule, use the same spelling everywhere")
                    .with_related(other.1.clone()),
            );
        }
    }
}

fn check_duplicate_mentions<'a>(
    mentions: impl Iterator<Item = RuleMention<'a>>,
    what: &str,
    findings: &mut Vec<ConfigFinding>,
) {
    let mut first: HashMap<&str, YamlPath> = HashMap::new();
    for (text, at) in mentions {
        if let Some(other) = first.get(text) {
            let message = format!("two rules {what} `{text}`");
            findings.push(
                ConfigFinding::new(DiagnosticCode::Contradiction, at, message)
                    .with_help("declare each live rule once: remove one of them")
                    .with_related(other.clone()),
            );
        } else {
            first.insert(text, at);
        }
    }
}
