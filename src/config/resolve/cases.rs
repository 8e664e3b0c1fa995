//! From what a test file says to single calls, with every name looked up.

use super::{Resolver, identify};
use crate::config::Finding;
use crate::config::cases::{Case, Expected, People, handler};
use crate::config::load::{Repository, Tests};
use crate::config::types::{Expectation, Test, TestCall, UserFile};
use crate::model::{Catalogue, Directory};
use crate::yaml::Path;

/// Looks up every name of a checked test file, and lists its calls one by one. `people` are those of the
/// repository.
///
/// # Errors
/// What the directory and the catalogue do not know. Those of [`offline`](super::offline) know all.
pub fn cases(
    tests: &Tests,
    repository: &Repository,
    people: &People<'_>,
    directory: &Directory,
    catalogue: &Catalogue,
) -> Result<Vec<Case>, Vec<Finding>> {
    let mut resolver = Resolver::new(&repository.shared, directory, catalogue, None);
    let cases = resolver.cases(tests, people);
    if resolver.found.is_empty() {
        Ok(cases)
    } else {
        Err(resolver.found)
    }
}

/// A call of a test, with what is expected of it.
struct Line {
    /// Its number, where it is one of several.
    number: Option<usize>,
    path: Path,
    call: TestCall,
    expect: Expectation,
}

fn lines(test: &Test, at: &Path) -> Vec<Line> {
    let only = test.call.iter().map(|call| Line {
        number: None,
        path: at.key("call"),
        call: call.clone(),
        expect: test.expect.clone().unwrap_or_default(),
    });
    let rows = test.calls.iter().flatten().enumerate();
    let rows = rows.map(|(index, row)| Line {
        number: Some(index + 1),
        path: at.key("calls").item(index),
        call: row.call(),
        expect: row.expect(test.expect.as_ref()),
    });
    only.chain(rows).collect()
}

impl Resolver<'_> {
    /// The calls of a test file.
    pub(super) fn cases(&mut self, tests: &Tests, people: &People<'_>) -> Vec<Case> {
        let mut cases = Vec::new();
        let at = Path::top().key("tests");
        for (index, test) in tests.file.tests.iter().enumerate() {
            let at = at.item(index);
            let user = test.user.as_ref().or(tests.file.user.as_ref());
            // The check has refused a test of nobody.
            let Some((said, user)) = user.and_then(|said| Some((said, people.described(said)?)))
            else {
                continue;
            };
            let Some(owner) = identify(&user.file, self.directory) else {
                let finding = self.not_one(&said.0, &[], &at);
                self.found.push(finding);
                continue;
            };
            self.owner = Some(owner.clone());
            for line in lines(test, &at) {
                let Line {
                    number,
                    path,
                    call,
                    expect,
                } = line;
                let to = call.to.or_else(|| tests.file.to.clone());
                cases.push(Case {
                    test: test.name.clone(),
                    line: number,
                    user: owner.clone(),
                    from: call.from.map(|number| number.0),
                    to: to.map(|number| number.0),
                    at: call.at.0,
                    queue: call.queue.unwrap_or(false),
                    expected: self.expected(&expect, &user.file, &path),
                    path,
                });
            }
        }
        cases
    }

    fn expected(&mut self, said: &Expectation, user: &UserFile, at: &Path) -> Expected {
        let Expectation {
            handled_by,
            ends_at,
            rings,
        } = said;
        let rings = rings.as_ref().map(|targets| {
            let at = at.key("rings");
            let targets = targets.iter().enumerate();
            targets
                .map(|(index, target)| self.ring_target(target, &at.item(index)))
                .collect()
        });
        Expected {
            // The check has refused what is nothing of this user's.
            handled_by: handled_by.as_ref().and_then(|name| handler(name, user)),
            ends_at: ends_at
                .as_ref()
                .map(|spec| self.destination(spec, &at.key("endsAt"))),
            rings,
        }
    }
}
