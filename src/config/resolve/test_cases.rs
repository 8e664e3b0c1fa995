//! Resolves test files to a flat list of calls with their expected outcomes.

use super::{FileResolver, resolve_owner};
use crate::config::ConfigFinding;
use crate::config::repository::Repository;
use crate::config::test_cases::{CallTest, ExpectedOutcome, TestUsers, parse_handler};
use crate::config::types::{ExpectationSpec, LoadedTests, TestCall, TestSpec, UserFile};
use crate::model::{ExtensionDirectory, NameIndex};
use crate::yaml::YamlPath;

/// Resolves every name in a validated test file and returns its calls. `users` are the users of the
/// repository.
///
/// # Errors
/// Returns a finding for each name that is not in `directory` or `name_index`. Those from
/// [`offline_directory`](super::offline_directory) contain every name.
pub fn resolve_tests(
    tests: &LoadedTests,
    repository: &Repository,
    users: &TestUsers<'_>,
    directory: &ExtensionDirectory,
    name_index: &NameIndex,
) -> Result<Vec<CallTest>, Vec<ConfigFinding>> {
    let mut resolver = FileResolver::new(&repository.referenced_files, directory, name_index, None);
    let cases = resolver.resolve_tests(tests, users);
    if resolver.findings.is_empty() {
        Ok(cases)
    } else {
        Err(resolver.findings)
    }
}

/// Returns the calls of a test with their positions in `calls`, from 1, and their paths. A single
/// `call` has no position.
fn flatten_tests(
    test: &TestSpec,
    at: &YamlPath,
) -> Vec<(Option<usize>, YamlPath, TestCall, ExpectationSpec)> {
    let single = test.call.iter().map(|call| {
        let expect = test.expect.clone().unwrap_or_default();
        (None, at.key("call"), call.clone(), expect)
    });
    let rows = test.calls.iter().flatten().enumerate();
    let rows = rows.map(|(index, row)| {
        let path = at.key("calls").item(index);
        let expect = row.expect(test.expect.as_ref());
        (Some(index + 1), path, row.call(), expect)
    });
    single.chain(rows).collect()
}

impl FileResolver<'_> {
    /// Resolves the calls of a test file and adds a finding for each unknown name.
    pub(super) fn resolve_tests(
        &mut self,
        tests: &LoadedTests,
        users: &TestUsers<'_>,
    ) -> Vec<CallTest> {
        let mut cases = Vec::new();
        let at = YamlPath::root().key("tests");
        for (index, test) in tests.file.tests.iter().enumerate() {
            let at = at.item(index);
            let user_ref = test.user.as_ref().or(tests.file.user.as_ref());
            // Validation rejects tests without a known user.
            let Some((reference, user)) =
                user_ref.and_then(|reference| Some((reference, users.user_for(reference)?)))
            else {
                continue;
            };
            let Some(owner) = resolve_owner(&user.file, self.directory) else {
                let finding = self.extension_finding(&reference.0, &[], &at);
                self.findings.push(finding);
                continue;
            };
            self.owner = Some(owner.clone());
            for (line, path, call, expect) in flatten_tests(test, &at) {
                let to = call.to.or_else(|| tests.file.to.clone());
                cases.push(CallTest {
                    test: test.name.clone(),
                    line,
                    user: owner.clone(),
                    from: call.from.map(|number| number.0),
                    to: to.map(|number| number.0),
                    at: call.at.0,
                    queue: call.queue.unwrap_or(false),
                    expected: self.resolve_expectation(&expect, &user.file, &path),
                    path,
                });
            }
        }
        cases
    }

    fn resolve_expectation(
        &mut self,
        spec: &ExpectationSpec,
        user: &UserFile,
        at: &YamlPath,
    ) -> ExpectedOutcome {
        let ExpectationSpec {
            handled_by,
            ends_at,
            rings,
        } = spec;
        let rings = rings.as_ref();
        ExpectedOutcome {
            // Validation rejects names that are no rule or state of this user.
            handled_by: handled_by
                .as_ref()
                .and_then(|name| parse_handler(name, user)),
            ends_at: ends_at
                .as_ref()
                .map(|spec| self.resolve_destination(spec, &at.key("endsAt"))),
            rings: rings.map(|targets| self.resolve_ring_targets(targets, &at.key("rings"))),
        }
    }
}
