//! Safety limits: plans that need an explicit confirmation.
//!
//! Bad or missing files usually surface as mass deletions. Plans that delete more than a quarter of
//! the rules and more than 4, or more than 50, are refused unless the caller allows that many. The
//! same applies to plans after which the phones of many users stop ringing. A repository can set
//! its own limits. In the JSON of a plan they are called guards.
//!
//! Rules that an apply created and that its rollback deletes do not count.

use std::fmt;

use super::change::{ChangeAction, DeleteReason, ResourceKind};
use super::plan::{AccountPlan, UserPlan};

/// The number of deletes that needs no confirmation whatever their share, unless a limit is set.
const FREE_DELETES: usize = 4;

/// A plan may delete one in this many rules without confirmation.
const MAX_DELETE_DIVISOR: usize = 4;

/// The most deletes without confirmation, whatever their share.
const MAX_UNCONFIRMED_DELETES: usize = 50;

/// The number of silenced users that needs no confirmation, unless a limit is set.
const FREE_SILENCED: usize = 4;

/// A plan may silence one in this many users without confirmation.
const MAX_SILENCED_DIVISOR: usize = 4;

/// The number of users that a message names.
const MAX_NAMED_USERS: usize = 5;

/// The limits that a repository or a flag sets instead of the default ones.
#[derive(Debug, Clone, Copy, Default)]
pub struct SafetyLimits {
    /// The allowed number of deleted interaction rules.
    pub max_deletes: Option<usize>,
    /// The allowed number of users who lose their last interaction rule.
    pub max_users_emptied: Option<usize>,
    /// The allowed number of users with changes. There is no default limit.
    pub max_users: Option<usize>,
    /// The allowed number of users whose phones stop ringing.
    pub max_silenced: Option<usize>,
}

impl SafetyLimits {
    /// Returns these limits, completed by others.
    #[must_use]
    pub fn or(self, others: SafetyLimits) -> SafetyLimits {
        SafetyLimits {
            max_deletes: self.max_deletes.or(others.max_deletes),
            max_users_emptied: self.max_users_emptied.or(others.max_users_emptied),
            max_users: self.max_users.or(others.max_users),
            max_silenced: self.max_silenced.or(others.max_silenced),
        }
    }
}

/// A safety limit that a plan exceeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SafetyViolation {
    /// The plan deletes too many of the rules in scope.
    TooManyDeletes {
        /// The number of deletes.
        deletes: usize,
        /// The number of rules in scope.
        rules: usize,
        /// The allowed number of deletes.
        limit: usize,
    },
    /// The plan removes the last interaction rule of users.
    UsersEmptied {
        /// Their extension numbers, or ids if they have none.
        users: Vec<String>,
        /// The allowed number of such users.
        limit: usize,
    },
    /// The plan changes too many users.
    TooManyUsers {
        /// The number of users with changes.
        users: usize,
        /// The number of users in scope.
        in_scope: usize,
        /// The allowed number of users.
        limit: usize,
    },
    /// The phones of users stop ringing, or their callers reach neither a person nor voicemail.
    UsersSilenced {
        /// Their extension numbers, or ids if they have none.
        users: Vec<String>,
        /// The number of users in scope.
        in_scope: usize,
        /// The allowed number of such users.
        limit: usize,
    },
}

impl SafetyViolation {
    /// Returns the name of the limit for scripts.
    pub fn code(&self) -> &'static str {
        match self {
            SafetyViolation::TooManyDeletes { .. } => "deletes",
            SafetyViolation::UsersEmptied { .. } => "emptied",
            SafetyViolation::TooManyUsers { .. } => "users",
            SafetyViolation::UsersSilenced { .. } => "silenced",
        }
    }

    /// Returns the flag that allows exactly this plan.
    pub fn override_flag(&self) -> String {
        match self {
            SafetyViolation::TooManyDeletes { deletes, .. } => format!("--max-deletes {deletes}"),
            SafetyViolation::UsersEmptied { users, .. } => {
                format!("--max-users-emptied {}", users.len())
            }
            SafetyViolation::TooManyUsers { users, .. } => format!("--max-users {users}"),
            SafetyViolation::UsersSilenced { users, .. } => {
                format!("--max-silenced {}", users.len())
            }
        }
    }
}

impl fmt::Display for SafetyViolation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            SafetyViolation::TooManyDeletes {
                deletes,
                rules,
                limit,
            } => {
                write!(
                    f,
                    "it deletes {deletes} of {rules} interaction rules (limit: {limit})"
                )
            }
            SafetyViolation::UsersEmptied { users, limit } => {
                let count = users.len();
                let plural = if count == 1 { "" } else { "s" };
                let named = first_names(users);
                write!(
                    f,
                    "it removes the last interaction rule of {count} user{plural}: {named} (limit: \
                     {limit})"
                )
            }
            SafetyViolation::TooManyUsers {
                users,
                in_scope,
                limit,
            } => write!(f, "it changes {users} of {in_scope} users (limit: {limit})"),
            SafetyViolation::UsersSilenced {
                users,
                in_scope,
                limit,
            } => {
                let (count, named) = (users.len(), first_names(users));
                write!(
                    f,
                    "phones of {count} of {in_scope} users stop ringing at times when they rang, or \
                     their callers no longer reach a person or voicemail: {named} (limit: {limit})"
                )
            }
        }
    }
}

/// Lists the first few of these users.
fn first_names(users: &[String]) -> String {
    let named = users.get(..MAX_NAMED_USERS).unwrap_or(users).join(", ");
    let more = if users.len() > MAX_NAMED_USERS {
        ", …"
    } else {
        ""
    };
    named + more
}

/// Returns the safety limits that a plan exceeds.
pub fn check_safety(plan: &AccountPlan, allowed: SafetyLimits) -> Vec<SafetyViolation> {
    let losses: Vec<RuleLoss> = plan.users.iter().map(RuleLoss::of_user).collect();
    let deletes: usize = losses.iter().map(|loss| loss.deletes).sum();
    let rules: usize = losses.iter().map(|loss| loss.live_rule_count).sum();
    let limit = allowed
        .max_deletes
        .unwrap_or((rules / MAX_DELETE_DIVISOR).clamp(FREE_DELETES, MAX_UNCONFIRMED_DELETES));
    let deletes = (deletes > limit).then_some(SafetyViolation::TooManyDeletes {
        deletes,
        rules,
        limit,
    });
    let number = |user: &UserPlan| user.extension_number.as_ref().unwrap_or(&user.id.0).clone();
    let emptied = plan.users.iter().zip(&losses);
    let users: Vec<String> = emptied
        .filter(|(_, loss)| loss.empties_user())
        .map(|(user, _)| number(user))
        .collect();
    let limit = allowed.max_users_emptied.unwrap_or(0);
    let emptied = (users.len() > limit).then_some(SafetyViolation::UsersEmptied { users, limit });
    let in_scope = plan.users.len();
    let users = plan.summary().users;
    let changed = allowed
        .max_users
        .filter(|limit| users > *limit)
        .map(|limit| SafetyViolation::TooManyUsers {
            users,
            in_scope,
            limit,
        });
    let silenced = plan.users.iter().filter(|user| user.extent.silenced);
    let users: Vec<String> = silenced.map(number).collect();
    let limit = allowed
        .max_silenced
        .unwrap_or((in_scope / MAX_SILENCED_DIVISOR).max(FREE_SILENCED));
    let silenced = (users.len() > limit).then_some(SafetyViolation::UsersSilenced {
        users,
        in_scope,
        limit,
    });
    [deletes, emptied, changed, silenced]
        .into_iter()
        .flatten()
        .collect()
}

/// The rules that a user loses, without those that a rolled back apply created.
struct RuleLoss {
    live_rule_count: usize,
    deletes: usize,
    creates: usize,
}

impl RuleLoss {
    /// Counts the rules that a plan deletes and creates.
    fn of_user(user: &UserPlan) -> Self {
        let rules = user
            .changes
            .iter()
            .filter(|change| change.resource == ResourceKind::InteractionRule);
        let (mut created_by_apply, mut deletes, mut creates) = (0, 0, 0);
        for change in rules {
            match (change.action, change.reason) {
                (ChangeAction::Delete, Some(DeleteReason::CreatedByApply)) => created_by_apply += 1,
                (ChangeAction::Delete, _) => deletes += 1,
                (ChangeAction::Create, _) => creates += 1,
                (ChangeAction::Update, _) => {}
            }
        }
        RuleLoss {
            live_rule_count: user.live_rule_count.saturating_sub(created_by_apply),
            deletes,
            creates,
        }
    }

    /// Returns whether the user loses the last rule.
    fn empties_user(&self) -> bool {
        self.live_rule_count > 0 && self.deletes >= self.live_rule_count && self.creates == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reconcile::change::PlannedChange;

    fn user(number: &str, live_rule_count: usize, actions: &[ChangeAction]) -> UserPlan {
        let changes = actions
            .iter()
            .map(|action| PlannedChange::sample(ResourceKind::InteractionRule, *action, ""));
        UserPlan {
            extension_number: Some(number.to_owned()),
            live_rule_count,
            ..UserPlan::sample(&format!("63{number}"), changes.collect())
        }
    }

    fn messages(users: Vec<UserPlan>, allowed: SafetyLimits) -> Vec<String> {
        let account = String::new();
        let violations = check_safety(&AccountPlan { account, users }, allowed);
        let describe =
            |violation: &SafetyViolation| format!("{violation} [{}]", violation.override_flag());
        violations.iter().map(describe).collect()
    }

    #[test]
    fn check_safety_allows_four_deletes_or_a_quarter() {
        let messages_for = |deletes: usize, of: usize| {
            let allowed = SafetyLimits::default();
            messages(
                vec![user("101", of, &vec![ChangeAction::Delete; deletes])],
                allowed,
            )
        };
        assert_eq!(messages_for(4, 5), [""; 0]);
        assert_eq!(messages_for(5, 20), [""; 0]);
        assert_eq!(
            messages_for(5, 19),
            ["it deletes 5 of 19 interaction rules (limit: 4) [--max-deletes 5]"]
        );
        assert_eq!(
            messages_for(11, 40),
            ["it deletes 11 of 40 interaction rules (limit: 10) [--max-deletes 11]"]
        );
    }

    #[test]
    fn check_safety_refuses_plans_that_remove_the_last_rule() {
        use ChangeAction::{Create, Delete, Update};
        let fine = [
            user("101", 2, &[Delete, Update]),
            user("102", 1, &[Delete, Create]),
            user("103", 0, &[]),
        ];
        assert_eq!(messages(fine.to_vec(), SafetyLimits::default()), [""; 0]);
        let emptied = vec![user("104", 1, &[Delete]), user("105", 2, &[Delete, Delete])];
        assert_eq!(
            messages(emptied.clone(), SafetyLimits::default()),
            [
                "it removes the last interaction rule of 2 users: 104, 105 (limit: 0) \
                 [--max-users-emptied 2]"
            ]
        );
        let allowed = |emptied| SafetyLimits {
            max_users_emptied: Some(emptied),
            ..SafetyLimits::default()
        };
        assert_eq!(messages(emptied.clone(), allowed(2)), [""; 0]);
        assert_eq!(messages(emptied, allowed(1)).len(), 1);
    }

    #[test]
    fn rollback_deletes_of_created_rules_are_not_counted() {
        let undo = |live_rule_count, reasons: &[DeleteReason]| {
            let mut user = user(
                "101",
                live_rule_count,
                &vec![ChangeAction::Delete; reasons.len()],
            );
            for (change, reason) in user.changes.iter_mut().zip(reasons) {
                change.reason = Some(*reason);
            }
            messages(vec![user], SafetyLimits::default())
        };
        use DeleteReason::{CreatedByApply as Made, RequestedByApply as Asked};
        assert_eq!(undo(9, &[Made; 9]), [""; 0]);
        // The user had one rule that may be older than the apply, and would have none.
        assert_eq!(
            undo(3, &[Made, Asked, Made]),
            [
                "it removes the last interaction rule of 1 user: 101 (limit: 0) \
                 [--max-users-emptied 1]"
            ]
        );
        assert_eq!(
            undo(8, &[Made, Asked, Asked, Asked, Asked, Asked]),
            ["it deletes 5 of 7 interaction rules (limit: 4) [--max-deletes 5]"]
        );
    }

    #[test]
    fn limit_in_message_allows_the_plan() {
        let users = || (0..7).map(|n| user(&format!("20{n}"), 2, &[ChangeAction::Delete; 2]));
        let found = messages(users().collect(), SafetyLimits::default());
        assert_eq!(
            found,
            [
                "it deletes 14 of 14 interaction rules (limit: 4) [--max-deletes 14]",
                "it removes the last interaction rule of 7 users: 200, 201, 202, 203, 204, … \
                 (limit: 0) [--max-users-emptied 7]"
            ]
        );
        let allowed = SafetyLimits {
            max_deletes: Some(14),
            max_users_emptied: Some(7),
            ..SafetyLimits::default()
        };
        assert_eq!(messages(users().collect(), allowed), [""; 0]);
    }
}
