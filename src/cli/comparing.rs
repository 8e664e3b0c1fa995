//! Compares users with what was read of them, one by one. What is not told of a user is let go.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::clock;
use super::lints::{self, Lints, Looked};
use super::planning::{Notice, Unread};
use super::problem::finding;
use crate::client;
use crate::config::{self, Repository, User};
use crate::engine::{self, LiveUser, Problem, UserPlan, Wanted};
use crate::model::{Catalogue, DesiredUser, Directory};
use crate::render::shown;

/// What is known before any user is read.
pub(super) struct Known<'a> {
    pub(super) repository: &'a Repository,
    pub(super) directory: &'a Arc<Directory>,
    pub(super) catalogue: &'a Catalogue,
}

/// What is kept of a user who was read.
pub(super) struct Compared {
    plan: UserPlan,
    problems: Vec<Problem>,
    looked: Looked,
}

/// What came of all users.
pub(super) struct Gathered {
    /// In the order of their numbers.
    pub(super) plans: Vec<UserPlan>,
    pub(super) notices: Vec<Notice>,
    pub(super) unread: Vec<Unread>,
}

impl Compared {
    fn of(desired: &DesiredUser, live: &LiveUser, directory: &Directory) -> Compared {
        let (mut plan, problems) = engine::diff(desired, live, directory);
        tell_impact(&mut plan, live, directory);
        let after = live.handling().clone();
        let after = engine::handling_after(after, &plan.id, &plan.changes);
        Compared {
            looked: lints::look(desired, &after, directory),
            plan,
            problems,
        }
    }
}

impl<'a> Known<'a> {
    /// Compares a user with what was read, on whichever core is free, while others are read.
    ///
    /// What the file means is made out here once more: a list of thousands of numbers, written out for each of
    /// thousands of users who wait, would fill the memory.
    pub(super) async fn compare(&self, file: &User, live: LiveUser) -> Compared {
        let Repository {
            settings, shared, ..
        } = self.repository;
        let (directory, catalogue) = (self.directory, self.catalogue);
        let desired = config::meaning(&file.file, settings, shared, directory, catalogue);
        let desired = desired.expect("files with mistakes end a run before anybody is read");
        let directory = directory.clone();
        let (give, compared) = oneshot::channel();
        rayon::spawn(move || {
            // Nobody takes it where the run was given up.
            let _ = give.send(Compared::of(&desired, &live, &directory));
        });
        // A panic over there ends the program.
        compared.await.expect("it is given before the work ends")
    }

    /// Puts together what came of these users.
    pub(super) fn gather(
        &self,
        files: Vec<&'a User>,
        wanted: &[Wanted],
        compared: Vec<Result<Compared, client::Error>>,
    ) -> Gathered {
        let mut lints = Lints::new(self.repository);
        let mut looked_at = Vec::new();
        let mut gathered = Gathered {
            plans: Vec::new(),
            notices: Vec::new(),
            unread: Vec::new(),
        };
        for ((file, wanted), compared) in files.into_iter().zip(wanted).zip(compared) {
            let Compared {
                plan,
                problems,
                looked,
            } = match compared {
                Ok(compared) => compared,
                Err(error) => {
                    let name = self.directory.by_id(&wanted.user);
                    let name = name.map(|user| shown::name(user.label()).into_owned());
                    let name = name.unwrap_or_else(|| wanted.user.to_string());
                    let who = format!("{name} ({})", file.path);
                    gathered.unread.push((who, error));
                    continue;
                }
            };
            lints.add(file, looked);
            looked_at.push(&wanted.user);
            let settled = problems.iter().all(|problem| problem.is_warning);
            let notices = self.notices(file, &plan, problems);
            gathered.notices.extend(notices);
            if settled {
                gathered.plans.push(plan);
            }
        }
        gathered.plans.sort_by_cached_key(|user| {
            let number = user.extension_number.clone().unwrap_or_default();
            (number.len(), number, user.id.clone())
        });
        let told = lints.told(self.directory).into_iter();
        gathered.notices.extend(told.map(|told| {
            let user = self.directory.by_id(looked_at[told.at]);
            Notice {
                user: user.and_then(|user| user.number.clone()),
                rule: Some(told.rule),
                diagnostic: told.diagnostic,
            }
        }));
        gathered
    }

    /// What of a user's declaration does not fit the account, unless that is meant.
    fn notices(&self, file: &User, plan: &UserPlan, problems: Vec<Problem>) -> Vec<Notice> {
        let findings = problems.into_iter().map(finding);
        let told = findings.filter(|told| !lints::is_meant(self.repository, file, told.code));
        let notice = |finding| Notice {
            user: plan.extension_number.clone(),
            rule: None,
            diagnostic: self.repository.diagnose(&file.path, finding),
        };
        told.map(notice).collect()
    }
}

/// Adds to a plan what callers will notice, from today on where the user lives.
pub(super) fn tell_impact(plan: &mut UserPlan, live: &LiveUser, directory: &Directory) {
    let user = directory.by_id(&plan.id);
    let today = clock::today(user.and_then(|user| user.time_zone.as_deref()));
    plan.impact = engine::impact(live.handling(), &plan.id, &plan.changes, directory, today);
}
