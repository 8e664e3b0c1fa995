//! Interaction rules: created, updated, deleted.

use std::collections::HashSet;

use serde_json::Value;

use super::account::{Method, Request};
use super::diff::{Problem, Subject};
use super::fields;
use super::plan::{Action, Change, Reason, Resource};
use crate::model::words::Words;
use crate::model::{DesiredRule, DesiredUser, ExtensionId, Prune, Rule};
use crate::wire::lay::{self, Fill, Gap};
use crate::wire::{Body, InteractionRule, convert};

/// What is done about a user's interaction rules.
pub(super) struct Found {
    pub(super) changes: Vec<Change>,
    pub(super) unmanaged: Vec<String>,
}

pub(super) fn diff(
    desired: &DesiredUser,
    declared: &[DesiredRule],
    live: &[InteractionRule],
    words: Words<'_>,
    problems: &mut Vec<Problem>,
) -> Found {
    let differ = Differ {
        owner: &desired.id,
        words,
    };
    let mut taken: HashSet<&str> = HashSet::new();
    let mut changes = Vec::new();
    // A name that is not settled must not have its rules pruned either.
    let mut unsettled: HashSet<&str> = HashSet::new();
    let pinned: HashSet<&str> = declared.iter().filter_map(pin).collect();
    for rule in declared {
        let found = find(rule, live, &pinned).and_then(|found| match (rule, found) {
            (DesiredRule::Present { rule, .. }, None) => Ok(Some(differ.create(rule)?)),
            (DesiredRule::Present { rule, .. }, Some(live)) => {
                if !taken.insert(&live.id) {
                    return Err(Trouble {
                        message: format!("the live rule `{}` is meant twice", live.display_name),
                        help: Some(
                            "declare it once; `id` and `renamedFrom` name it too".to_owned(),
                        ),
                    });
                }
                Ok(differ.update(rule, live)?)
            }
            (DesiredRule::Absent { .. }, None) => Ok(None),
            (DesiredRule::Absent { .. }, Some(live)) => {
                taken.insert(&live.id);
                Ok(Some(differ.delete(live, Reason::DeclaredNull)))
            }
        });
        match found {
            Ok(change) => changes.extend(change),
            Err(Trouble { message, help }) => {
                unsettled.insert(match rule {
                    DesiredRule::Present { rule, .. } => &rule.name,
                    DesiredRule::Absent { name } => name,
                });
                problems.push(Problem {
                    subject: Subject::Rule(rule.key().to_owned()),
                    message,
                    help,
                    is_warning: false,
                });
            }
        }
    }
    let mut unmanaged = Vec::new();
    let is_rest = |rule: &&InteractionRule| {
        !taken.contains(&*rule.id) && !unsettled.contains(&*rule.display_name)
    };
    for rule in live.iter().filter(is_rest) {
        let ignored = desired.ownership.ignore.is_match(&rule.display_name);
        if ignored || desired.ownership.prune == Prune::None {
            unmanaged.push(rule.display_name.clone());
        } else {
            changes.push(differ.delete(rule, Reason::NotDeclared));
        }
    }
    Found { changes, unmanaged }
}

/// Why a rule cannot be settled.
struct Trouble {
    message: String,
    help: Option<String>,
}

impl From<Gap> for Trouble {
    fn from(gap: Gap) -> Self {
        let help = match gap {
            Gap::Conditions => "add `conditions:`, or correct the name of the rule".to_owned(),
            Gap::Dispatching => "add `dispatching:` with a `type:`".to_owned(),
            Gap::AtOnce => "add `terminate:`, such as `terminate: voicemail`".to_owned(),
        };
        Trouble {
            message: gap.to_string(),
            help: Some(help),
        }
    }
}

fn pin(declared: &DesiredRule) -> Option<&str> {
    match declared {
        DesiredRule::Present { id, .. } => id.as_deref(),
        DesiredRule::Absent { .. } => None,
    }
}

/// The live rule that is meant: by id, else by name, else by the name that it has had.
fn find<'a>(
    declared: &DesiredRule,
    live: &'a [InteractionRule],
    pinned: &HashSet<&str>,
) -> Result<Option<&'a InteractionRule>, Trouble> {
    let by_name = |name: &str| -> Result<Option<&'a InteractionRule>, Trouble> {
        // A rule that is pinned by its id is meant there and nowhere else.
        let is_free = |rule: &&InteractionRule| !pinned.contains(&*rule.id);
        let named = live.iter().filter(|rule| rule.display_name == name);
        let named: Vec<_> = named.filter(is_free).collect();
        match named[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            _ => {
                let ids: Vec<&str> = named.iter().map(|rule| rule.id.as_str()).collect();
                Err(Trouble {
                    message: format!("the account has {} rules named `{name}`", named.len()),
                    help: Some(format!(
                        "say which one is meant with `id:`; they are {}",
                        ids.join(", ")
                    )),
                })
            }
        }
    };
    match declared {
        DesiredRule::Present {
            id: Some(id), rule, ..
        } => {
            match live.iter().find(|live| live.id == *id) {
                Some(found) => Ok(Some(found)),
                // A pinned rule that was deleted is made anew under its name.
                None => by_name(&rule.name),
            }
        }
        DesiredRule::Present {
            rule,
            renamed_from: Some(old),
            ..
        } => match by_name(&rule.name)? {
            Some(found) => Ok(Some(found)),
            None => by_name(old),
        },
        DesiredRule::Present { rule, .. } => by_name(&rule.name),
        DesiredRule::Absent { name } => by_name(name),
    }
}

struct Differ<'a> {
    owner: &'a ExtensionId,
    words: Words<'a>,
}

impl Differ<'_> {
    fn create(&self, rule: &Rule) -> Result<Change, Gap> {
        let body = lay::interaction_rule(None, rule, self.owner, Fill::Mandatory)?;
        let after = self
            .words
            .rule(&convert::interaction_rule(&body, self.owner));
        Ok(Change {
            action: Action::Create,
            resource: Resource::InteractionRule,
            name: rule.name.clone(),
            rule_id: None,
            reason: None,
            fields: fields::of_new(&after),
            request: self.request(Method::Post, None, Some(body)),
        })
    }

    /// Nothing where the live rule already is as declared.
    fn update(&self, rule: &Rule, live: &InteractionRule) -> Result<Option<Change>, Gap> {
        let before = convert::interaction_rule(&live.body, self.owner);
        let laid = lay::interaction_rule(Some(&live.body), rule, self.owner, Fill::Nothing)?;
        if convert::interaction_rule(&laid, self.owner) == before {
            return Ok(None);
        }
        let body = lay::interaction_rule(Some(&live.body), rule, self.owner, Fill::Mandatory)?;
        let after = convert::interaction_rule(&body, self.owner);
        let mut fields = fields::between(&self.words.rule(&before), &self.words.rule(&after));
        if before.name != after.name {
            let name = super::plan::FieldChange {
                path: "displayName".to_owned(),
                before: Value::from(before.name),
                after: Value::from(after.name),
            };
            fields.insert(0, name);
        }
        Ok(Some(Change {
            action: Action::Update,
            resource: Resource::InteractionRule,
            name: rule.name.clone(),
            rule_id: Some(live.id.clone()),
            reason: None,
            fields,
            request: self.request(Method::Patch, Some(&live.id), Some(body)),
        }))
    }

    fn delete(&self, live: &InteractionRule, reason: Reason) -> Change {
        Change {
            action: Action::Delete,
            resource: Resource::InteractionRule,
            name: live.display_name.clone(),
            rule_id: Some(live.id.clone()),
            reason: Some(reason),
            fields: Vec::new(),
            request: self.request(Method::Delete, Some(&live.id), None),
        }
    }

    fn request(&self, method: Method, id: Option<&str>, body: Option<Body>) -> Request {
        let owner = self.owner;
        let mut path = format!(
            "/restapi/v2/accounts/~/extensions/{owner}/comm-handling/voice/interaction-rules"
        );
        if let Some(id) = id {
            path.push('/');
            path.push_str(id);
        }
        Request {
            method,
            path,
            body: body.map(Value::Object),
        }
    }
}
