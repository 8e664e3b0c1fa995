//! Diffs interaction rules: creates, updates and deletes.

use std::collections::HashSet;

use serde_json::Value;

use super::account::{WriteMethod, WriteRequest};
use super::diff::{DiffDiagnostic, DiffSubject};
use super::field_diff;
use super::plan::{ChangeAction, DeleteReason, FieldChange, PlannedChange, ResourceKind};
use crate::api::encode::{self, EncodeError, RequiredFields};
use crate::api::{InteractionRuleRecord, RawBody, decode};
use crate::model::to_yaml::YamlWriter;
use crate::model::{
    DesiredRule, DesiredUser, ExtensionId, PrunePolicy, RuleDefinition, UnmanagedPolicy,
};

/// The changes of a user's interaction rules, and the names of unmanaged ones.
pub(super) struct RuleDiff {
    pub(super) changes: Vec<PlannedChange>,
    pub(super) unmanaged: Vec<String>,
}

/// A live interaction rule with its decoded form.
#[derive(Clone, Copy)]
pub(super) struct DecodedRule<'a> {
    pub(super) record: &'a InteractionRuleRecord,
    /// The rule in decoded form.
    pub(super) model: &'a RuleDefinition,
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
    live: Vec<DecodedRule<'_>>,
    words: YamlWriter<'_>,
    diagnostics: &mut Vec<DiffDiagnostic>,
) -> RuleDiff {
    let builder = RuleChangeBuilder {
        owner: &desired.id,
        yaml_writer: words,
    };
    let mut matcher = RuleMatcher {
        change_builder: &builder,
        live: &live,
        claimed_by_id: declared.iter().filter_map(pinned_id).collect(),
        matched: HashSet::new(),
        unmanaged_policy: &desired.unmanaged_policy,
        declared,
        warnings: Vec::new(),
    };
    let mut changes = Vec::new();
    let mut has_errors = false;
    for rule in declared {
        match matcher.resolve(rule) {
            Ok(change) => changes.extend(change),
            Err(RuleDiffError { message, help }) => {
                has_errors = true;
                diagnostics.push(DiffDiagnostic {
                    subject: DiffSubject::Rule(rule.key().to_owned()),
                    key: None,
                    message,
                    help,
                    is_warning: false,
                });
            }
        }
    }
    diagnostics.append(&mut matcher.warnings);
    let matched = matcher.matched;
    let mut unmanaged = Vec::new();
    for rule in live.iter().filter(|live| !matched.contains(live.id())) {
        let ignored = desired.unmanaged_policy.ignores(rule.name());
        // After an error it is unclear which live rules are declared, so none is deleted.
        if ignored || has_errors || desired.unmanaged_policy.prune == PrunePolicy::None {
            unmanaged.push(rule.name().to_owned());
        } else {
            changes.push(builder.delete(rule.record, DeleteReason::NotDeclared));
        }
    }
    RuleDiff { changes, unmanaged }
}

/// Why a declared rule cannot be compared.
struct RuleDiffError {
    message: String,
    help: Option<String>,
}

impl From<EncodeError> for RuleDiffError {
    fn from(error: EncodeError) -> Self {
        let help = match error {
            EncodeError::MissingConditions => {
                "add `conditions:`, or correct the name of the rule".to_owned()
            }
            EncodeError::MissingDispatching => "add `dispatching:` with a `type:`".to_owned(),
            EncodeError::GreetingNotPlayed => {
                "set the `type` too, or remove the greeting".to_owned()
            }
            EncodeError::UnreadDispatching => "run the plan again".to_owned(),
            EncodeError::MissingTerminate => {
                "add `terminate:`, such as `terminate: voicemail`".to_owned()
            }
        };
        RuleDiffError {
            message: error.to_string(),
            help: Some(help),
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
    change_builder: &'a RuleChangeBuilder<'a>,
    live: &'a [DecodedRule<'a>],
    /// Ids that declarations set: these rules match no other declaration.
    claimed_by_id: HashSet<&'a str>,
    /// Ids of the rules that are matched.
    matched: HashSet<&'a str>,
    unmanaged_policy: &'a UnmanagedPolicy,
    declared: &'a [DesiredRule],
    /// Warnings about ids and names without a live rule.
    warnings: Vec<DiffDiagnostic>,
}

impl<'a> RuleMatcher<'a> {
    /// Returns the change that a declaration needs, if any.
    fn resolve(&mut self, declared: &DesiredRule) -> Result<Option<PlannedChange>, RuleDiffError> {
        let found = match declared {
            DesiredRule::Present { rule, id, .. } if id.is_some() => {
                match self
                    .live
                    .iter()
                    .find(|live| Some(live.id()) == id.as_deref())
                    .copied()
                {
                    Some(found) => Some(found),
                    None => {
                        let found = self.find_replacement(rule)?;
                        self.warn_unknown_id(declared, found);
                        found
                    }
                }
            }
            DesiredRule::Present {
                rule, renamed_from, ..
            } => match (self.find_by_name(&rule.name)?, renamed_from) {
                (None, Some(old)) => {
                    let found = self.find_by_name(old)?;
                    if found.is_none() {
                        self.warn_missing_rename_source(declared, old);
                    }
                    found
                }
                (found, _) => found,
            },
            DesiredRule::Absent { name } => {
                let found = self.find_by_name(name)?;
                if found.is_none() {
                    self.warn_similar_name(declared, name);
                }
                found
            }
        };
        if let Some(found) = found
            && self.unmanaged_policy.ignores(found.name())
        {
            return Err(RuleDiffError {
                message: format!("the live rule `{}` matches `ignore`", found.name()),
                help: Some(
                    "a rule is either declared or ignored: remove its name from `ignore`, or remove it \
                     here"
                        .to_owned(),
                ),
            });
        }
        if let Some(found) = found
            && !self.matched.insert(found.id())
        {
            return Err(RuleDiffError {
                message: format!("the live rule `{}` is declared twice", found.name()),
                help: Some("declare it once; `id` and `renamedFrom` refer to it too".to_owned()),
            });
        }
        Ok(match (declared, found) {
            (DesiredRule::Present { rule, .. }, None) => Some(self.change_builder.create(rule)?),
            (DesiredRule::Present { rule, .. }, Some(live)) => {
                self.change_builder.update(rule, live)?
            }
            (DesiredRule::Absent { .. }, None) => None,
            (DesiredRule::Absent { .. }, Some(live)) => Some(
                self.change_builder
                    .delete(live.record, DeleteReason::DeclaredNull),
            ),
        })
    }

    /// Warns that no live rule has the declared id.
    fn warn_unknown_id(&mut self, declared: &DesiredRule, replacement: Option<DecodedRule<'_>>) {
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
    }

    /// Warns that no live rule has the old name.
    fn warn_missing_rename_source(&mut self, declared: &DesiredRule, old: &str) {
        self.warn(
            declared,
            Some("renamedFrom"),
            format!("no live rule is named `{old}`; a new one would be created"),
            "correct the name, or remove the key",
        );
    }

    /// Warns about a deletion whose name differs from a live rule only in case or spaces.
    fn warn_similar_name(&mut self, declared: &DesiredRule, name: &str) {
        let plain = |name: &str| {
            let words: Vec<&str> = name.split_whitespace().collect();
            words.join(" ").to_lowercase()
        };
        let is_declared = |live: &str| self.declared.iter().any(|other| other.name() == live);
        let similar = self
            .live
            .iter()
            .map(|live| live.name())
            .find(|live| plain(live) == plain(name) && !is_declared(live));
        if let Some(similar) = similar {
            self.warn(
                declared,
                None,
                format!("no live rule is named `{name}`, so nothing is deleted"),
                &format!("did you mean `{similar}`? write the name exactly as on the account"),
            );
        }
    }

    /// Adds a warning about a declaration.
    fn warn(
        &mut self,
        declared: &DesiredRule,
        key: Option<&'static str>,
        message: String,
        help: &str,
    ) {
        self.warnings.push(DiffDiagnostic {
            subject: DiffSubject::Rule(declared.key().to_owned()),
            key,
            message,
            help: Some(help.to_owned()),
            is_warning: true,
        });
    }

    /// Returns the live rules with this name that no other declaration matches or sets by id.
    fn unclaimed_named(&self, name: &str) -> Vec<DecodedRule<'a>> {
        let is_free = |live: &DecodedRule<'_>| {
            let id = live.id();
            live.name() == name && !self.claimed_by_id.contains(id) && !self.matched.contains(id)
        };
        self.live.iter().copied().filter(is_free).collect()
    }

    /// Returns the live rule with this name; an error if there are several.
    fn find_by_name(&self, name: &str) -> Result<Option<DecodedRule<'a>>, RuleDiffError> {
        match self.unclaimed_named(name)[..] {
            // A rule that another declaration matches is reported as declared twice.
            [] => Ok(self.live.iter().find(|live| live.name() == name).copied()),
            [one] => Ok(Some(one)),
            ref named => Err(ambiguous_name(name, named)),
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
            ref named => {
                let is_same = |live: &&DecodedRule<'_>| {
                    matches!(self.change_builder.update(rule, **live), Ok(None))
                };
                let same = named.iter().find(is_same).copied();
                same.map(Some)
                    .ok_or_else(|| ambiguous_name(&rule.name, named))
            }
        }
    }
}

/// Returns the error about several live rules with the same name.
fn ambiguous_name(name: &str, named: &[DecodedRule<'_>]) -> RuleDiffError {
    let ids: Vec<&str> = named.iter().map(|live| live.id()).collect();
    RuleDiffError {
        message: format!("the account has {} rules named `{name}`", named.len()),
        help: Some(format!(
            "choose one with `id:`; the ids are {}",
            ids.join(", ")
        )),
    }
}

/// Returns the fields in which two rules differ, including their names.
pub(super) fn diff_rule_fields(
    words: YamlWriter<'_>,
    before: &RuleDefinition,
    after: &RuleDefinition,
) -> Vec<FieldChange> {
    if before == after {
        return Vec::new();
    }
    let mut found = field_diff::diff_fields(&words.rule(before), &words.rule(after));
    if before.name != after.name {
        let name = FieldChange {
            path: "displayName".to_owned(),
            before: Value::from(before.name.as_str()),
            after: Value::from(after.name.as_str()),
        };
        found.insert(0, name);
    }
    found
}

/// Builds the changes of one user's rules.
pub(super) struct RuleChangeBuilder<'a> {
    pub(super) owner: &'a ExtensionId,
    pub(super) yaml_writer: YamlWriter<'a>,
}

impl RuleChangeBuilder<'_> {
    /// Builds the create of a declared rule.
    fn create(&self, rule: &RuleDefinition) -> Result<PlannedChange, EncodeError> {
        let body = encode::interaction_rule_body(None, rule, self.owner, RequiredFields::Add)?;
        Ok(self.create_from_body(body))
    }

    /// Builds the create of a rule with this body.
    pub(super) fn create_from_body(&self, body: RawBody) -> PlannedChange {
        let rule = decode::interaction_rule(&body, self.owner);
        PlannedChange {
            action: ChangeAction::Create,
            resource: ResourceKind::InteractionRule,
            fields: field_diff::fields_of_new(&self.yaml_writer.rule(&rule)),
            name: rule.name,
            rule_id: None,
            reason: None,
            request: self.request(WriteMethod::Post, None, Some(body)),
        }
    }

    /// Returns the update of a live rule, if it differs from the declaration.
    fn update(
        &self,
        wanted: &RuleDefinition,
        DecodedRule {
            record: rule,
            model,
        }: DecodedRule<'_>,
    ) -> Result<Option<PlannedChange>, EncodeError> {
        // Most rules match; those need no request body.
        if model.satisfies(wanted) {
            return Ok(None);
        }
        let encoded = |required| {
            encode::interaction_rule_body(Some(&rule.body), wanted, self.owner, required)
        };
        if decode::interaction_rule(&encoded(RequiredFields::Omit)?, self.owner) == *model {
            return Ok(None);
        }
        Ok(Some(
            self.update_from_body(encoded(RequiredFields::Add)?, rule),
        ))
    }

    /// Builds the update of a live rule to this body.
    pub(super) fn update_from_body(
        &self,
        body: RawBody,
        live: &InteractionRuleRecord,
    ) -> PlannedChange {
        let before = decode::interaction_rule(&live.body, self.owner);
        let after = decode::interaction_rule(&body, self.owner);
        let fields = diff_rule_fields(self.yaml_writer, &before, &after);
        PlannedChange {
            action: ChangeAction::Update,
            resource: ResourceKind::InteractionRule,
            name: after.name,
            rule_id: Some(live.id.clone()),
            reason: None,
            fields,
            request: self.request(WriteMethod::Patch, Some(&live.id), Some(body)),
        }
    }

    /// Builds the delete of a live rule.
    pub(super) fn delete(
        &self,
        live: &InteractionRuleRecord,
        reason: DeleteReason,
    ) -> PlannedChange {
        PlannedChange {
            action: ChangeAction::Delete,
            resource: ResourceKind::InteractionRule,
            name: live.display_name.clone(),
            rule_id: Some(live.id.clone()),
            reason: Some(reason),
            fields: Vec::new(),
            request: self.request(WriteMethod::Delete, Some(&live.id), None),
        }
    }

    /// Builds the request for a rule.
    fn request(
        &self,
        method: WriteMethod,
        id: Option<&str>,
        body: Option<RawBody>,
    ) -> WriteRequest {
        WriteRequest {
            method,
            path: ResourceKind::InteractionRule.url_path(self.owner, id),
            body: body.map(Value::Object),
        }
    }
}
