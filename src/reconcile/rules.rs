//! Diffs interaction rules: creates, updates and deletes.

use std::collections::{HashMap, HashSet};

use super::change::{DeleteReason, PlannedChange};
use super::change_builder::ChangeBuilder;
use super::live_user::LiveUser;
use super::merge::merge_rule;
use super::problem::{DiffDiagnostic, DiffSubject};
use crate::api::InteractionRuleRecord;
use crate::api::encode::{self, EncodeError, RequiredPartsMode};
use crate::model::{
    DesiredRule, DesiredUser, PrunePolicy, RuleDefinition, is_cut_name, is_similar, name_key,
    typo_count,
};

/// The changes of a user's interaction rules, and the names of unmanaged ones.
pub(super) struct RuleDiff {
    pub(super) changes: Vec<PlannedChange>,
    pub(super) unmanaged: Vec<String>,
}

/// A live interaction rule with its decoded form.
#[derive(Clone, Copy)]
struct DecodedRule<'a> {
    record: &'a InteractionRuleRecord,
    definition: &'a RuleDefinition,
}

impl<'a> DecodedRule<'a> {
    fn id(self) -> &'a str {
        &self.record.id
    }

    fn name(self) -> &'a str {
        &self.record.display_name
    }
}

/// Compares the declared interaction rules with the live ones.
pub(super) fn diff_rules(
    desired: &DesiredUser,
    declared: &[DesiredRule],
    live: &LiveUser,
    builder: ChangeBuilder<'_>,
    diagnostics: &mut Vec<DiffDiagnostic>,
) -> RuleDiff {
    let records = live.rules().iter().zip(live.handling().rules());
    let live: Vec<DecodedRule<'_>> = records
        .map(|(record, live_rule)| DecodedRule {
            record,
            definition: &live_rule.rule,
        })
        .collect();
    let mut matcher = RuleMatcher {
        builder,
        live: &live,
        claimed_by_id: declared.iter().filter_map(pinned_id).collect(),
        matched: HashSet::new(),
        by_name: HashMap::new(),
        desired,
        declared_names: declared.iter().map(DesiredRule::name).collect(),
        warnings: Vec::new(),
    };
    for rule in &live {
        let key = name_key(rule.name());
        matcher.by_name.entry(key).or_default().push(*rule);
    }
    let mut changes = Vec::new();
    let mut has_errors = false;
    for rule in declared {
        match matcher.plan_rule(rule) {
            Ok(change) => changes.extend(change),
            Err(RuleDiffError { message, help }) => {
                has_errors = true;
                let subject = DiffSubject::Rule(rule.key().to_owned());
                diagnostics.push(DiffDiagnostic::error(subject, message, &help));
            }
        }
    }
    diagnostics.append(&mut matcher.warnings);
    let policy = &desired.unmanaged_policy;
    let mut unmanaged = Vec::new();
    for rule in &live {
        if matcher.matched.contains(rule.id()) {
            continue;
        }
        if rule.name().trim().is_empty() {
            // No declaration can have its name, so it is never deleted for want of one.
            unmanaged.push(format!("rule {} (it has no name)", rule.id()));
            continue;
        }
        // After an error it is unclear which live rules are declared, so none is deleted.
        if has_errors || policy.prune == PrunePolicy::None || policy.ignores(rule.name()) {
            unmanaged.push(rule.name().to_owned());
        } else {
            changes.push(builder.delete_rule(rule.record, DeleteReason::NotDeclared));
        }
    }
    RuleDiff { changes, unmanaged }
}

/// Why a declared rule cannot be compared.
struct RuleDiffError {
    message: String,
    help: String,
}

impl From<EncodeError> for RuleDiffError {
    fn from(error: EncodeError) -> Self {
        let help = match error {
            EncodeError::MissingConditions => "add `conditions:`, or correct the name of the rule",
            EncodeError::MissingDispatching => "add `dispatching:` with a `type:`",
            EncodeError::GreetingNotPlayed => "set the `type` too, or remove the greeting",
            EncodeError::UnreadDispatching => "run the plan again",
            EncodeError::MissingTerminate => "add `terminate:`, such as `terminate: voicemail`",
        };
        RuleDiffError {
            message: error.to_string(),
            help: help.to_owned(),
        }
    }
}

/// Returns the id that a declaration sets.
fn pinned_id(declared: &DesiredRule) -> Option<&str> {
    match declared {
        DesiredRule::Present { id, .. } => id.as_deref(),
        DesiredRule::Absent { .. } => None,
    }
}

/// Matches declarations with live rules.
struct RuleMatcher<'a> {
    builder: ChangeBuilder<'a>,
    live: &'a [DecodedRule<'a>],
    /// The live rules by the normal form of their names.
    by_name: HashMap<String, Vec<DecodedRule<'a>>>,
    /// Ids that declarations set: these rules match no other declaration.
    claimed_by_id: HashSet<&'a str>,
    /// Ids of the rules that are matched.
    matched: HashSet<&'a str>,
    desired: &'a DesiredUser,
    declared_names: HashSet<&'a str>,
    /// Warnings about ids and names without a live rule.
    warnings: Vec<DiffDiagnostic>,
}

impl<'a> RuleMatcher<'a> {
    /// Returns the change that a declaration needs, if any.
    fn plan_rule(
        &mut self,
        declared: &DesiredRule,
    ) -> Result<Option<PlannedChange>, RuleDiffError> {
        let found = self.find(declared)?;
        if let Some(found) = found {
            if self.desired.unmanaged_policy.ignores(found.name()) {
                return Err(RuleDiffError {
                    message: format!("the live rule `{}` matches `ignore`", found.name()),
                    help: "a rule is either declared or ignored: remove its name from `ignore`, \
                           or remove it here"
                        .to_owned(),
                });
            }
            if !self.matched.insert(found.id()) {
                return Err(RuleDiffError {
                    message: format!("the live rule `{}` is declared twice", found.name()),
                    help: "declare it once; `id` and `renamedFrom` refer to it too".to_owned(),
                });
            }
        }
        Ok(match (declared, found) {
            (DesiredRule::Present { rule, .. }, None) => {
                let owner = self.builder.owner;
                let body =
                    encode::interaction_rule_body(None, rule, owner, RequiredPartsMode::Add)?;
                Some(self.builder.create_rule(body))
            }
            (
                DesiredRule::Present {
                    rule,
                    id: None,
                    renamed_from,
                    ..
                },
                Some(live),
            ) if renamed_from.as_deref() != Some(live.name()) && self.is_cut(rule, live) => {
                let stored = RuleDefinition {
                    name: live.name().to_owned(),
                    ..(**rule).clone()
                };
                self.plan_update(&stored, live)?
            }
            (DesiredRule::Present { rule, .. }, Some(live)) => self.plan_update(rule, live)?,
            (DesiredRule::Absent { .. }, None) => None,
            (DesiredRule::Absent { .. }, Some(live)) => {
                let reason = DeleteReason::DeclaredNull;
                Some(self.builder.delete_rule(live.record, reason))
            }
        })
    }

    /// Returns the live rule that a declaration matches.
    fn find(&mut self, declared: &DesiredRule) -> Result<Option<DecodedRule<'a>>, RuleDiffError> {
        match declared {
            DesiredRule::Present {
                rule, id: Some(id), ..
            } => match self.live.iter().find(|live| live.id() == id) {
                Some(found) => Ok(Some(*found)),
                None => {
                    let replacement = self.find_replacement(rule)?;
                    let consequence = match replacement {
                        Some(found) => format!("the rule `{}` is used instead", found.name()),
                        None => "a new rule would be created".to_owned(),
                    };
                    self.warn(
                        declared,
                        Some("id"),
                        format!("no live rule of the user has this id; {consequence}"),
                        "correct the id, or remove the key",
                    );
                    Ok(replacement)
                }
            },
            DesiredRule::Present {
                rule, renamed_from, ..
            } => match (self.find_by_name(&rule.name)?, renamed_from) {
                (None, Some(old_name)) => {
                    let found = match self.find_by_name(old_name)? {
                        None => self.find_cut(declared, rule),
                        found => found,
                    };
                    if found.is_none() {
                        self.warn(
                            declared,
                            Some("renamedFrom"),
                            format!(
                                "no live rule is named `{old_name}`; a new one would be created"
                            ),
                            "correct the name, or remove the key",
                        );
                    }
                    Ok(found)
                }
                (None, None) => Ok(self.find_cut(declared, rule)),
                (found, _) => Ok(found),
            },
            DesiredRule::Absent { name } => {
                let found = self.find_by_name(name)?;
                if found.is_none() {
                    self.warn_no_such_rule(declared, name);
                }
                Ok(found)
            }
        }
    }

    /// Returns the live rule whose name the service has cut, so that it is not created again.
    fn find_cut(
        &mut self,
        declared: &DesiredRule,
        rule: &RuleDefinition,
    ) -> Option<DecodedRule<'a>> {
        let is_free = |live: &&DecodedRule<'_>| {
            !self.matched.contains(live.id()) && !self.declared_names.contains(live.name())
        };
        let mut free = self.live.iter().filter(is_free);
        let found = *free.find(|live| self.is_cut(rule, **live))?;
        self.warn(
            declared,
            None,
            format!(
                "the live rule `{}` is probably this rule, with a name that RingCentral has cut",
                found.name()
            ),
            "write the name as it is stored; to rename the live rule, add `renamedFrom`",
        );
        Some(found)
    }

    /// Returns whether a live rule matches the declared calls under a name that the service cut.
    fn is_cut(&self, declared: &RuleDefinition, live: DecodedRule<'_>) -> bool {
        let same_calls = RuleDefinition {
            name: live.name().to_owned(),
            conditions: declared.conditions.clone(),
            ..RuleDefinition::default()
        };
        is_cut_name(live.name(), &declared.name)
            && self.matches_declaration(&same_calls, live) == Ok(true)
    }

    /// Returns the update of a live rule, if it differs from the declaration.
    fn plan_update(
        &self,
        declared: &RuleDefinition,
        live: DecodedRule<'_>,
    ) -> Result<Option<PlannedChange>, EncodeError> {
        if self.matches_declaration(declared, live)? {
            return Ok(None);
        }
        let body = &live.record.body;
        let owner = self.builder.owner;
        let body =
            encode::interaction_rule_body(Some(body), declared, owner, RequiredPartsMode::Add)?;
        Ok(Some(self.builder.update_rule(live.record, body)))
    }

    /// Returns whether a live rule has all declared parts.
    fn matches_declaration(
        &self,
        declared: &RuleDefinition,
        live: DecodedRule<'_>,
    ) -> Result<bool, EncodeError> {
        let merged = merge_rule(&live.record.body, declared, self.builder.owner)?;
        Ok(merged == *live.definition)
    }

    /// Warns about a deletion of a rule that does not exist. The name may be mistyped.
    fn warn_no_such_rule(&mut self, declared: &DesiredRule, name: &str) {
        let name_key = name_key(name);
        let similar = self
            .live
            .iter()
            .map(|live| live.name())
            .filter(|live| is_similar(&name_key, live) && !self.declared_names.contains(live))
            .min_by_key(|live| typo_count(&name_key, live));
        let help = match similar {
            Some(similar) => {
                format!("did you mean `{similar}`? write the name exactly as on the account")
            }
            None => "if the rule is deleted already, remove this line; otherwise correct the name"
                .to_owned(),
        };
        let message = format!("no live rule is named `{name}`, so nothing is deleted");
        self.warn(declared, None, message, &help);
    }

    /// Adds a warning about a declaration.
    fn warn(
        &mut self,
        declared: &DesiredRule,
        key: Option<&'static str>,
        message: String,
        help: &str,
    ) {
        let subject = DiffSubject::Rule(declared.key().to_owned());
        self.warnings.push(DiffDiagnostic {
            key,
            ..DiffDiagnostic::warning(subject, message, help)
        });
    }

    /// Returns the live rules with this name that no other declaration matches or sets by id.
    fn unclaimed_named(&self, name: &str) -> Vec<DecodedRule<'a>> {
        let is_free = |live: &DecodedRule<'_>| {
            let id = live.id();
            !self.claimed_by_id.contains(id) && !self.matched.contains(id)
        };
        self.named(name).into_iter().filter(is_free).collect()
    }

    /// Returns the live rules with this name, or else those whose name differs only in form, unless
    /// another declaration has that name.
    fn named(&self, name: &str) -> Vec<DecodedRule<'a>> {
        let similar = self.by_name.get(&name_key(name));
        let similar = similar.into_iter().flatten().copied();
        let (exact, other): (Vec<_>, Vec<_>) = similar.partition(|live| live.name() == name);
        if !exact.is_empty() {
            return exact;
        }
        let is_free = |live: &DecodedRule<'_>| !self.declared_names.contains(live.name());
        other.into_iter().filter(is_free).collect()
    }

    /// Returns the live rule with this name; an error if there are several.
    fn find_by_name(&self, name: &str) -> Result<Option<DecodedRule<'a>>, RuleDiffError> {
        match self.unclaimed_named(name)[..] {
            // A rule that another declaration matches is reported as declared twice.
            [] => Ok(self.named(name).first().copied()),
            [one] => Ok(Some(one)),
            ref rules => Err(ambiguous_name(name, rules)),
        }
    }

    /// Returns the replacement of a rule that was deleted and created again: the live rule with the
    /// same name, or of several the one that matches the declaration.
    fn find_replacement(
        &self,
        rule: &RuleDefinition,
    ) -> Result<Option<DecodedRule<'a>>, RuleDiffError> {
        match self.unclaimed_named(&rule.name)[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            ref rules => {
                // A rule that the declaration cannot be encoded over does not match it.
                let is_same =
                    |live: &&DecodedRule<'_>| self.matches_declaration(rule, **live) == Ok(true);
                let same = rules.iter().find(is_same).copied();
                same.map(Some)
                    .ok_or_else(|| ambiguous_name(&rule.name, rules))
            }
        }
    }
}

/// Returns the error about several live rules with the same name.
fn ambiguous_name(name: &str, rules: &[DecodedRule<'_>]) -> RuleDiffError {
    let ids: Vec<&str> = rules.iter().map(|live| live.id()).collect();
    RuleDiffError {
        message: format!("the account has {} rules named `{name}`", rules.len()),
        help: format!("choose one with `id:`; the ids are {}", ids.join(", ")),
    }
}
