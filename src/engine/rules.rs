//! Interaction rules: created, updated, deleted.

use std::collections::HashSet;

use serde_json::Value;

use super::account::{Method, Request};
use super::diff::{Problem, Subject};
use super::fields;
use super::plan::{Action, Change, FieldChange, Reason, Resource};
use crate::model::words::Words;
use crate::model::{DesiredRule, DesiredUser, ExtensionId, Ownership, Prune, Rule};
use crate::wire::lay::{self, Fill, Gap};
use crate::wire::{Body, InteractionRule, convert};

/// What is done about a user's interaction rules.
pub(super) struct Found {
    pub(super) changes: Vec<Change>,
    pub(super) unmanaged: Vec<String>,
}

/// A rule of the account.
#[derive(Clone, Copy)]
pub(super) struct Live<'a> {
    pub(super) rule: &'a InteractionRule,
    /// What it means.
    pub(super) says: &'a Rule,
}

impl<'a> Live<'a> {
    fn id(self) -> &'a str {
        &self.rule.id
    }

    fn name(self) -> &'a str {
        &self.rule.display_name
    }
}

pub(super) fn diff(
    desired: &DesiredUser,
    declared: &[DesiredRule],
    live: Vec<Live<'_>>,
    words: Words<'_>,
    problems: &mut Vec<Problem>,
) -> Found {
    let differ = Differ {
        owner: &desired.id,
        words,
    };
    let mut matcher = Matcher {
        differ: &differ,
        live: &live,
        pinned: declared.iter().filter_map(pin).collect(),
        taken: HashSet::new(),
        ownership: &desired.ownership,
        declared,
        warnings: Vec::new(),
    };
    let mut changes = Vec::new();
    let mut troubled = false;
    for rule in declared {
        match matcher.settle(rule) {
            Ok(change) => changes.extend(change),
            Err(Trouble { message, help }) => {
                troubled = true;
                problems.push(Problem {
                    subject: Subject::Rule(rule.key().to_owned()),
                    key: None,
                    message,
                    help,
                    is_warning: false,
                });
            }
        }
    }
    problems.append(&mut matcher.warnings);
    let taken = matcher.taken;
    let mut unmanaged = Vec::new();
    for rule in live.iter().filter(|live| !taken.contains(live.id())) {
        let ignored = desired.ownership.ignores(rule.name());
        // While it is not clear which rule is meant, none is left over.
        if ignored || troubled || desired.ownership.prune == Prune::None {
            unmanaged.push(rule.name().to_owned());
        } else {
            changes.push(differ.delete(rule.rule, Reason::NotDeclared));
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
            Gap::Greeting => "say the `type` too, or remove the greeting".to_owned(),
            Gap::Unread => "run the plan again".to_owned(),
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

/// Finds the live rule that a declaration means.
struct Matcher<'a> {
    differ: &'a Differ<'a>,
    live: &'a [Live<'a>],
    /// Ids that a declaration names: those rules are meant there and nowhere else.
    pinned: HashSet<&'a str>,
    /// Ids of rules that have been found.
    taken: HashSet<&'a str>,
    ownership: &'a Ownership,
    declared: &'a [DesiredRule],
    /// What was looked for and not found.
    warnings: Vec<Problem>,
}

impl<'a> Matcher<'a> {
    /// The change that a declaration takes, where it takes one.
    fn settle(&mut self, declared: &DesiredRule) -> Result<Option<Change>, Trouble> {
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
                        let found = self.successor(rule)?;
                        self.id_is_gone(declared, found);
                        found
                    }
                }
            }
            DesiredRule::Present {
                rule, renamed_from, ..
            } => match (self.by_name(&rule.name)?, renamed_from) {
                (None, Some(old)) => {
                    let found = self.by_name(old)?;
                    if found.is_none() {
                        self.nothing_to_rename(declared, old);
                    }
                    found
                }
                (found, _) => found,
            },
            DesiredRule::Absent { name } => {
                let found = self.by_name(name)?;
                if found.is_none() {
                    self.nothing_to_delete(declared, name);
                }
                found
            }
        };
        if let Some(found) = found
            && self.ownership.ignores(found.name())
        {
            return Err(Trouble {
                message: format!("the live rule `{}` is ignored", found.name()),
                help: Some(
                    "a rule is either declared or left to the user: take its name out of \
                     `ignore`, or correct what names it here"
                        .to_owned(),
                ),
            });
        }
        if let Some(found) = found
            && !self.taken.insert(found.id())
        {
            return Err(Trouble {
                message: format!("the live rule `{}` is meant twice", found.name()),
                help: Some("declare it once; `id` and `renamedFrom` name it too".to_owned()),
            });
        }
        Ok(match (declared, found) {
            (DesiredRule::Present { rule, .. }, None) => Some(self.differ.create(rule)?),
            (DesiredRule::Present { rule, .. }, Some(live)) => self.differ.update(rule, live)?,
            (DesiredRule::Absent { .. }, None) => None,
            (DesiredRule::Absent { .. }, Some(live)) => {
                Some(self.differ.delete(live.rule, Reason::DeclaredNull))
            }
        })
    }

    fn id_is_gone(&mut self, declared: &DesiredRule, successor: Option<Live<'_>>) {
        let becomes = match successor {
            Some(found) => format!("the rule `{}` is taken for it", found.name()),
            None => "it would be made anew".to_owned(),
        };
        self.warn(
            declared,
            Some("id"),
            format!("no live rule of the user has this id; {becomes}"),
            "correct the id, or remove the key",
        );
    }

    fn nothing_to_rename(&mut self, declared: &DesiredRule, old: &str) {
        self.warn(
            declared,
            Some("renamedFrom"),
            format!("no live rule is called `{old}`; a new one would be made"),
            "correct the name, or remove the key",
        );
    }

    /// A rule that is gone already is as it shall be, unless its name has a slip in it.
    fn nothing_to_delete(&mut self, declared: &DesiredRule, name: &str) {
        let plain = |name: &str| {
            let words: Vec<&str> = name.split_whitespace().collect();
            words.join(" ").to_lowercase()
        };
        let is_meant_elsewhere =
            |live: &str| self.declared.iter().any(|other| other.name() == live);
        let like = { self.live.iter() }
            .map(|live| live.name())
            .find(|live| plain(live) == plain(name) && !is_meant_elsewhere(live));
        if let Some(like) = like {
            self.warn(
                declared,
                None,
                format!("no live rule is called `{name}`, and nothing is deleted for it"),
                &format!("there is `{like}`; write the name as the account has it"),
            );
        }
    }

    fn warn(
        &mut self,
        declared: &DesiredRule,
        key: Option<&'static str>,
        message: String,
        help: &str,
    ) {
        self.warnings.push(Problem {
            subject: Subject::Rule(declared.key().to_owned()),
            key,
            message,
            help: Some(help.to_owned()),
            is_warning: true,
        });
    }

    /// The live rules of a name that no other declaration has or names by id.
    fn free(&self, name: &str) -> Vec<Live<'a>> {
        let is_free = |live: &Live<'_>| {
            let id = live.id();
            live.name() == name && !self.pinned.contains(id) && !self.taken.contains(id)
        };
        self.live.iter().copied().filter(is_free).collect()
    }

    fn by_name(&self, name: &str) -> Result<Option<Live<'a>>, Trouble> {
        match self.free(name)[..] {
            // One that another declaration means is told as meant twice, whichever comes first.
            [] => Ok(self.live.iter().find(|live| live.name() == name).copied()),
            [one] => Ok(Some(one)),
            ref named => Err(ambiguous(name, named)),
        }
    }

    /// For a rule whose id is gone, because it was deleted and made anew: the one of its name, or of
    /// several the one that already is as declared.
    fn successor(&self, rule: &Rule) -> Result<Option<Live<'a>>, Trouble> {
        match self.free(&rule.name)[..] {
            [] => Ok(None),
            [one] => Ok(Some(one)),
            ref named => {
                let is_same =
                    |live: &&Live<'_>| matches!(self.differ.update(rule, **live), Ok(None));
                let same = named.iter().find(is_same).copied();
                same.map(Some).ok_or_else(|| ambiguous(&rule.name, named))
            }
        }
    }
}

fn ambiguous(name: &str, named: &[Live<'_>]) -> Trouble {
    let ids: Vec<&str> = named.iter().map(|live| live.id()).collect();
    Trouble {
        message: format!("the account has {} rules named `{name}`", named.len()),
        help: Some(format!(
            "say which one is meant with `id:`; they are {}",
            ids.join(", ")
        )),
    }
}

/// What differs between two rules, their names included.
pub(super) fn fields_between(words: Words<'_>, before: &Rule, after: &Rule) -> Vec<FieldChange> {
    if before == after {
        return Vec::new();
    }
    let mut found = fields::between(&words.rule(before), &words.rule(after));
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

/// Makes the changes of one user's rules.
pub(super) struct Differ<'a> {
    pub(super) owner: &'a ExtensionId,
    pub(super) words: Words<'a>,
}

impl Differ<'_> {
    fn create(&self, rule: &Rule) -> Result<Change, Gap> {
        let body = lay::interaction_rule(None, rule, self.owner, Fill::Mandatory)?;
        Ok(self.create_with(body))
    }

    /// The creation of a rule with this body.
    pub(super) fn create_with(&self, body: Body) -> Change {
        let rule = convert::interaction_rule(&body, self.owner);
        Change {
            action: Action::Create,
            resource: Resource::InteractionRule,
            fields: fields::of_new(&self.words.rule(&rule)),
            name: rule.name,
            rule_id: None,
            reason: None,
            request: self.request(Method::Post, None, Some(body)),
        }
    }

    /// Nothing where the live rule already is as declared.
    fn update(&self, wanted: &Rule, Live { rule, says }: Live<'_>) -> Result<Option<Change>, Gap> {
        // Most rules are as they shall be: no body is put together for those.
        if says.plainly_meets(wanted) {
            return Ok(None);
        }
        let lay = |fill| lay::interaction_rule(Some(&rule.body), wanted, self.owner, fill);
        if convert::interaction_rule(&lay(Fill::Nothing)?, self.owner) == *says {
            return Ok(None);
        }
        Ok(Some(self.update_with(lay(Fill::Mandatory)?, rule)))
    }

    /// The update of a live rule to this body.
    pub(super) fn update_with(&self, body: Body, live: &InteractionRule) -> Change {
        let before = convert::interaction_rule(&live.body, self.owner);
        let after = convert::interaction_rule(&body, self.owner);
        let fields = fields_between(self.words, &before, &after);
        Change {
            action: Action::Update,
            resource: Resource::InteractionRule,
            name: after.name,
            rule_id: Some(live.id.clone()),
            reason: None,
            fields,
            request: self.request(Method::Patch, Some(&live.id), Some(body)),
        }
    }

    pub(super) fn delete(&self, live: &InteractionRule, reason: Reason) -> Change {
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
        Request {
            method,
            path: Resource::InteractionRule.path(self.owner, id),
            body: body.map(Value::Object),
        }
    }
}
