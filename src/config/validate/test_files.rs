//! Validates test files: their users, calls and expectations.

use std::collections::HashSet;

use super::helpers::Place;
use super::targets::{validate_destination, validate_ring_target};
use crate::config::ConfigFinding;
use crate::config::suggestions::suggest;
use crate::config::test_cases::{TestUsers, handler_names, parse_handler};
use crate::config::types::{
    DestinationSpec, RingTargetSpec, TestFile, TestSpec, UserFile, UserRef,
};
use crate::diagnostic::DiagnosticCode;

/// Validates the test file at a path. `users` holds all users of the repository, or `None` if
/// errors in the user files prevent that check.
pub(in crate::config) fn validate_tests(
    file: &TestFile,
    path: &str,
    users: Option<&TestUsers<'_>>,
) -> Vec<ConfigFinding> {
    Place::collect(|root| {
        if file.tests.is_empty() {
            root.key("tests")
                .report(DiagnosticCode::Empty, "`tests` is empty")
                .help("add a test, or remove the file");
        }
        validate_user_ref(file.user.as_ref(), users, path, &mut root.key("user"));
        let mut names = HashSet::new();
        for (index, test) in file.tests.iter().enumerate() {
            let user = test.user.as_ref().or(file.user.as_ref());
            let described = user.and_then(|user| users?.user_for(user));
            let mut at = root.key_item("tests", index);
            validate_test_name(test, &mut names, &mut at.key("name"));
            validate_user_ref(test.user.as_ref(), users, path, &mut at.key("user"));
            if user.is_none() {
                let message = format!("the test `{}` has no user", test.name);
                // Findings inside a cut-out `user` key are dropped, so this one has the path of
                // that key.
                root.key("user")
                    .report(DiagnosticCode::UserIdentity, message)
                    .help("add `user:` with the user's extension number to the file or the test");
            }
            let mut at = root.key_item("tests", index);
            validate_test(test, described.map(|user| &user.file), &mut at);
        }
    })
}

fn validate_test_name<'a>(test: &'a TestSpec, names: &mut HashSet<&'a str>, at: &mut Place<'_>) {
    if test.name.trim().is_empty() {
        at.report(DiagnosticCode::BadValue, "this test has no name")
            .help("describe what the test checks");
    } else if !names.insert(test.name.trim()) {
        let message = format!("another test is called `{}`", test.name);
        at.report(DiagnosticCode::TwoTests, message)
            .help("rename one of them, so that failures can be distinguished");
    }
}

fn validate_test(test: &TestSpec, user: Option<&UserFile>, at: &mut Place<'_>) {
    match (&test.call, &test.calls) {
        (Some(_), Some(_)) => {
            let message = "`call` and `calls` cannot be combined";
            at.key("calls")
                .report(DiagnosticCode::MutuallyExclusiveKeys, message)
                .help("keep one of them: a test has either one call or a list");
        }
        (None, None) => {
            at.key("call")
                .report(
                    DiagnosticCode::MutuallyExclusiveKeys,
                    "this test has no call",
                )
                .help("add `call:`, or `calls:` with a list");
        }
        (Some(_), None) if test.expect.is_none() => {
            at.report(DiagnosticCode::MissingKey, "missing key `expect`")
                .help("add `expect:` with `handledBy`, `endsAt` or `rings`");
        }
        _ => {}
    }
    if let Some(expect) = &test.expect {
        let validator = ExpectationValidator {
            is_missing: expect.is_empty(),
            handled_by: expect.handled_by.as_deref(),
            ends_at: expect.ends_at.as_ref(),
            rings: expect.rings.as_deref(),
        };
        validator.validate(user, &mut at.key("expect"));
    }
    if test.calls.as_ref().is_some_and(Vec::is_empty) {
        at.key("calls")
            .report(DiagnosticCode::Empty, "`calls` is empty")
            .help("add a call, or remove the test");
    }
    for (index, row) in test.calls.iter().flatten().enumerate() {
        let validator = ExpectationValidator {
            is_missing: row.expect(test.expect.as_ref()).is_empty(),
            handled_by: row.handled_by.as_deref(),
            ends_at: row.ends_at.as_ref(),
            rings: row.rings.as_deref(),
        };
        validator.validate(user, &mut at.key_item("calls", index));
    }
}

/// The expectations of one map: of a test, or of one of its calls.
struct ExpectationValidator<'a> {
    /// Whether the call has no expectation, here or for all calls of the test.
    is_missing: bool,
    handled_by: Option<&'a str>,
    ends_at: Option<&'a DestinationSpec>,
    rings: Option<&'a [RingTargetSpec]>,
}

impl ExpectationValidator<'_> {
    fn validate(&self, user: Option<&UserFile>, at: &mut Place<'_>) {
        if self.is_missing {
            at.report(DiagnosticCode::Empty, "this call has no expectation")
                .help("add `handledBy`, `endsAt` or `rings`");
        }
        if let (Some(name), Some(user)) = (self.handled_by, user)
            && parse_handler(name, user).is_none()
        {
            let message = format!("this user has no rule or state named `{name}`");
            at.key("handledBy")
                .value()
                .report(DiagnosticCode::UnknownReference, message)
                .help(suggest(name, &handler_names(user)));
        }
        if let Some(spec) = self.ends_at {
            validate_destination(spec, &mut at.key("endsAt"));
        }
        for (index, target) in self.rings.into_iter().flatten().enumerate() {
            validate_ring_target(target, &mut at.key_item("rings", index));
        }
    }
}

/// Reports a user that no user file describes.
fn validate_user_ref(
    user: Option<&UserRef>,
    users: Option<&TestUsers<'_>>,
    path: &str,
    at: &mut Place<'_>,
) {
    let (Some(user), Some(users)) = (user, users) else {
        return;
    };
    if users.user_for(user).is_none() {
        let message = format!("there is no user file for `{}`", user.0);
        let help = match users.similar_user(&user.0, path) {
            Some((file, key, value)) => format!(
                "{file} has `{key}: {value}`: if that is this user, correct the one that is wrong"
            ),
            None => suggest(&user.0, &users.identifiers()),
        };
        at.value()
            .report(DiagnosticCode::UnknownReference, message)
            .help(help);
    }
}
