//! What a plan may do only where somebody has said so.
//!
//! A wrong file, or a file that was lost, most often shows as rules that go away. So that is refused
//! beyond a measure, until a person has looked at the plan and names the number that it has.
//!
//! A rule that goes because an apply made it, and that apply is undone, is none of these: without it the
//! user is as before.

use std::fmt;

use super::plan::{Action, Plan, Reason, Resource, UserPlan};

/// Deletes that nobody asks about, however few rules there are.
const FEW: usize = 4;

/// Of the rules in scope, the part that may go without a question: one in so many.
const ONE_IN: usize = 4;

/// Users that a message names.
const NAMED: usize = 5;

/// What somebody has allowed.
#[derive(Debug, Clone, Copy, Default)]
pub struct Allowed {
    /// Interaction rules that may be deleted.
    pub deletes: Option<usize>,
    /// Users who may be left without any interaction rule.
    pub emptied: Option<usize>,
}

/// Why a plan is not carried out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// Many of the rules in scope would go.
    Deletes {
        /// So many would be deleted.
        deletes: usize,
        /// So many there are.
        rules: usize,
        /// So many may be deleted.
        limit: usize,
    },
    /// Users who had rules would have none.
    Emptied {
        /// Their numbers, or ids where they have none.
        users: Vec<String>,
        /// So many may be left so.
        limit: usize,
    },
}

impl Objection {
    /// Its name for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            Objection::Deletes { .. } => "deletes",
            Objection::Emptied { .. } => "emptied",
        }
    }

    /// What lifts it, for this plan and no larger one.
    pub fn flag(&self) -> String {
        match self {
            Objection::Deletes { deletes, .. } => format!("--max-deletes {deletes}"),
            Objection::Emptied { users, .. } => format!("--max-emptied {}", users.len()),
        }
    }
}

impl fmt::Display for Objection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let are_allowed = |limit: usize| match limit {
            0 => "none is allowed".to_owned(),
            1 => "1 is allowed".to_owned(),
            many => format!("{many} are allowed"),
        };
        match self {
            Objection::Deletes {
                deletes,
                rules,
                limit,
            } => {
                let allowed = are_allowed(*limit);
                write!(
                    f,
                    "it deletes {deletes} of {rules} interaction rules, and {allowed}"
                )
            }
            Objection::Emptied { users, limit } => {
                let (count, allowed) = (users.len(), are_allowed(*limit));
                let plural = if count == 1 { "" } else { "s" };
                let named = users.get(..NAMED).unwrap_or(users).join(", ");
                let more = if count > NAMED { ", …" } else { "" };
                write!(
                    f,
                    "it leaves {count} user{plural} without any interaction rule ({named}{more}), \
                     and {allowed}"
                )
            }
        }
    }
}

/// What stands against carrying out this plan.
pub fn objections(plan: &Plan, allowed: Allowed) -> Vec<Objection> {
    let lost: Vec<Lost> = plan.users.iter().map(Lost::of).collect();
    let deletes: usize = lost.iter().map(|lost| lost.deletes).sum();
    let rules: usize = lost.iter().map(|lost| lost.rules).sum();
    let limit = allowed.deletes.unwrap_or((rules / ONE_IN).max(FEW));
    let deletes = (deletes > limit).then_some(Objection::Deletes {
        deletes,
        rules,
        limit,
    });
    let users: Vec<String> = { plan.users.iter().zip(&lost) }
        .filter(|(_, lost)| lost.is_all())
        .map(|(user, _)| user.extension_number.as_ref().unwrap_or(&user.id.0).clone())
        .collect();
    let limit = allowed.emptied.unwrap_or(0);
    let emptied = (users.len() > limit).then_some(Objection::Emptied { users, limit });
    deletes.into_iter().chain(emptied).collect()
}

/// What a user would lose, without the rules that an undone apply made.
struct Lost {
    rules: usize,
    deletes: usize,
    creates: usize,
}

impl Lost {
    fn of(user: &UserPlan) -> Self {
        let rules = { user.changes.iter() }.filter(|c| c.resource == Resource::InteractionRule);
        let (mut made, mut deletes, mut creates) = (0, 0, 0);
        for change in rules {
            match (change.action, change.reason) {
                (Action::Delete, Some(Reason::MadeByThatApply)) => made += 1,
                (Action::Delete, _) => deletes += 1,
                (Action::Create, _) => creates += 1,
                (Action::Update, _) => {}
            }
        }
        Lost {
            rules: user.live_rules.saturating_sub(made),
            deletes,
            creates,
        }
    }

    /// Whether a user who has rules would have none.
    fn is_all(&self) -> bool {
        self.rules > 0 && self.deletes >= self.rules && self.creates == 0
    }
}

#[cfg(test)]
mod tests {
    use super::super::account::{Method, Request};
    use super::super::plan::Change;
    use super::super::seen::Seen;
    use super::*;
    use crate::model::ExtensionId;

    fn user(number: &str, live_rules: usize, actions: &[Action]) -> UserPlan {
        let change = |action: &Action| Change {
            action: *action,
            resource: Resource::InteractionRule,
            name: String::new(),
            rule_id: None,
            reason: None,
            fields: Vec::new(),
            request: Request {
                method: Method::Delete,
                path: String::new(),
                body: None,
            },
        };
        UserPlan {
            extension_number: Some(number.to_owned()),
            id: ExtensionId(format!("63{number}")),
            name: String::new(),
            changes: actions.iter().map(change).collect(),
            live_rules,
            unmanaged: Vec::new(),
            notes: Vec::new(),
            impact: Vec::new(),
            seen: Seen::default(),
        }
    }

    fn told(users: Vec<UserPlan>, allowed: Allowed) -> Vec<String> {
        let account = String::new();
        let found = objections(&Plan { account, users }, allowed);
        let tell = |objection: &Objection| format!("{objection} [{}]", objection.flag());
        found.iter().map(tell).collect()
    }

    #[test]
    fn a_quarter_and_four_may_go() {
        let told = |deletes: usize, of: usize| {
            let allowed = Allowed::default();
            told(
                vec![user("101", of, &vec![Action::Delete; deletes])],
                allowed,
            )
        };
        assert_eq!(told(4, 5), [""; 0]);
        assert_eq!(told(5, 20), [""; 0]);
        assert_eq!(
            told(5, 19),
            ["it deletes 5 of 19 interaction rules, and 4 are allowed [--max-deletes 5]"]
        );
        assert_eq!(
            told(11, 40),
            ["it deletes 11 of 40 interaction rules, and 10 are allowed [--max-deletes 11]"]
        );
    }

    #[test]
    fn whoever_had_rules_keeps_one() {
        use Action::{Create, Delete, Update};
        let fine = [
            user("101", 2, &[Delete, Update]),
            user("102", 1, &[Delete, Create]),
            user("103", 0, &[]),
        ];
        assert_eq!(told(fine.to_vec(), Allowed::default()), [""; 0]);
        let emptied = vec![user("104", 1, &[Delete]), user("105", 2, &[Delete, Delete])];
        assert_eq!(
            told(emptied.clone(), Allowed::default()),
            [
                "it leaves 2 users without any interaction rule (104, 105), and none is allowed \
                 [--max-emptied 2]"
            ]
        );
        let allowed = |emptied| Allowed {
            emptied: Some(emptied),
            deletes: None,
        };
        assert_eq!(told(emptied.clone(), allowed(2)), [""; 0]);
        assert_eq!(told(emptied, allowed(1)).len(), 1);
    }

    #[test]
    fn what_an_undone_apply_made_is_no_loss() {
        let undo = |live_rules, reasons: &[Reason]| {
            let mut user = user("101", live_rules, &vec![Action::Delete; reasons.len()]);
            for (change, reason) in user.changes.iter_mut().zip(reasons) {
                change.reason = Some(*reason);
            }
            told(vec![user], Allowed::default())
        };
        use Reason::{AskedForByThatApply as Asked, MadeByThatApply as Made};
        assert_eq!(undo(9, &[Made; 9]), [""; 0]);
        // Whoever had one rule that nobody can prove to be new would have none.
        assert_eq!(
            undo(3, &[Made, Asked, Made]),
            [
                "it leaves 1 user without any interaction rule (101), and none is allowed \
                 [--max-emptied 1]"
            ]
        );
        assert_eq!(
            undo(8, &[Made, Asked, Asked, Asked, Asked, Asked]),
            ["it deletes 5 of 7 interaction rules, and 4 are allowed [--max-deletes 5]"]
        );
    }

    #[test]
    fn the_number_that_a_refusal_names_is_enough_for_it() {
        let users = || (0..7).map(|n| user(&format!("20{n}"), 2, &[Action::Delete; 2]));
        let found = told(users().collect(), Allowed::default());
        assert_eq!(
            found,
            [
                "it deletes 14 of 14 interaction rules, and 4 are allowed [--max-deletes 14]",
                "it leaves 7 users without any interaction rule (200, 201, 202, 203, 204, …), and \
                 none is allowed [--max-emptied 7]"
            ]
        );
        let allowed = Allowed {
            deletes: Some(14),
            emptied: Some(7),
        };
        assert_eq!(told(users().collect(), allowed), [""; 0]);
    }
}
