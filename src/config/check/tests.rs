//! Test files: what is tried, on whom, and what is expected.

use std::collections::HashSet;

use super::targets::{destination, ring_target};
use crate::config::Finding;
use crate::config::cases::{People, handler, handlers};
use crate::config::explain::suggest;
use crate::config::types::{DestinationSpec, RingTargetSpec, Test, TestFile, UserFile, UserRef};
use crate::diagnostic::Code;
use crate::yaml::Path;

/// Everything wrong with a test file. `people` are all whom the repository describes, where that is known.
pub(in crate::config) fn tests(file: &TestFile, people: Option<&People<'_>>) -> Vec<Finding> {
    let mut found = Vec::new();
    let top = Path::top();
    let at = top.key("tests");
    if file.tests.is_empty() {
        let finding = Finding::new(Code::EmptyList, at.clone(), "`tests` lists nothing");
        found.push(finding.help("write a test, or remove the file"));
    }
    if let (Some(user), Some(people)) = (&file.user, people) {
        known(user, people, &top.key("user"), &mut found);
    }
    let mut names = HashSet::new();
    for (index, test) in file.tests.iter().enumerate() {
        let at = at.item(index);
        if test.name.trim().is_empty() {
            let finding = Finding::new(Code::BadValue, at.key("name"), "a test needs a name");
            found.push(finding.help("say in a few words what holds"));
        } else if !names.insert(test.name.trim()) {
            let message = format!("another test is called `{}`", test.name);
            let finding = Finding::new(Code::TwoTests, at.key("name"), message);
            found.push(finding.help("rename one of the two: names tell which test has failed"));
        }
        let own = test.user.as_ref();
        if let (Some(own), Some(people)) = (own, people) {
            known(own, people, &at.key("user"), &mut found);
        }
        let user = own.or(file.user.as_ref());
        if user.is_none() {
            let message = format!("whose call is it in `{}`?", test.name);
            // Whatever is wrong with the key of the whole file, this is not.
            let finding = Finding::new(Code::WhichUser, top.key("user"), message);
            found.push(finding.help(
                "add `user:` and the user's extension number, for the whole file or in the test",
            ));
        }
        let of = user.and_then(|user| people?.described(user));
        one_test(test, of.map(|of| &of.file), &at, &mut found);
    }
    found
}

fn one_test(test: &Test, of: Option<&UserFile>, at: &Path, found: &mut Vec<Finding>) {
    match (&test.call, &test.calls) {
        (Some(_), Some(_)) => found.push(
            Finding::new(
                Code::ChooseOne,
                at.key("calls"),
                "`call` and `calls` cannot stand together",
            )
            .help("keep one of the two; each test tries one call, or a list"),
        ),
        (None, None) => found.push(
            Finding::new(Code::ChooseOne, at.key("call"), "which call is tried?")
                .help("add `call:`, or `calls:` with a list"),
        ),
        (Some(_), None) if test.expect.is_none() => found.push(
            Finding::new(Code::MissingKey, at.clone(), "the key `expect` is missing")
                .help("say what shall become of the call: `handledBy`, `endsAt` or `rings`"),
        ),
        _ => {}
    }
    if let Some(expect) = &test.expect {
        let at = at.key("expect");
        if expect.is_empty() {
            found.push(nothing_expected(&at));
        }
        let said = Said {
            handled_by: expect.handled_by.as_deref(),
            ends_at: expect.ends_at.as_ref(),
            rings: expect.rings.as_deref(),
        };
        said.check(of, &at, found);
    }
    if test.calls.as_ref().is_some_and(Vec::is_empty) {
        let finding = Finding::new(Code::EmptyList, at.key("calls"), "`calls` lists nothing");
        found.push(finding.help("write a call, or remove the test"));
    }
    for (index, row) in test.calls.iter().flatten().enumerate() {
        let at = at.key("calls").item(index);
        if row.expect(test.expect.as_ref()).is_empty() {
            found.push(nothing_expected(&at));
        }
        let said = Said {
            handled_by: row.handled_by.as_deref(),
            ends_at: row.ends_at.as_ref(),
            rings: row.rings.as_deref(),
        };
        said.check(of, &at, found);
    }
}

fn nothing_expected(at: &Path) -> Finding {
    let message = "nothing is expected of this call";
    Finding::new(Code::EmptyList, at.clone(), message).help("add `handledBy`, `endsAt` or `rings`")
}

/// What one map says of what is expected.
struct Said<'a> {
    handled_by: Option<&'a str>,
    ends_at: Option<&'a DestinationSpec>,
    rings: Option<&'a [RingTargetSpec]>,
}

impl Said<'_> {
    fn check(&self, of: Option<&UserFile>, at: &Path, found: &mut Vec<Finding>) {
        if let (Some(name), Some(of)) = (self.handled_by, of)
            && handler(name, of).is_none()
        {
            let message = format!("nothing of this user's is called `{name}`");
            let at = at.key("handledBy").value();
            let help = suggest(name, &handlers(of));
            found.push(Finding::new(Code::NoSuchFile, at, message).help(help));
        }
        if let Some(spec) = self.ends_at {
            destination(spec, &at.key("endsAt"), found);
        }
        for (index, target) in self.rings.into_iter().flatten().enumerate() {
            ring_target(target, &at.key("rings").item(index), found);
        }
    }
}

/// That no file describes a user.
fn known(user: &UserRef, people: &People<'_>, at: &Path, found: &mut Vec<Finding>) {
    if people.described(user).is_some() {
        return;
    }
    let all: Vec<String> = people
        .users
        .iter()
        .filter_map(|user| match &user.file {
            UserFile {
                extension: Some(number),
                ..
            } => Some(number.0.clone()),
            UserFile {
                email: Some(email), ..
            } => Some(email.0.clone()),
            UserFile { id, .. } => id.as_ref().map(|id| format!("id:{}", id.0)),
        })
        .collect();
    let message = format!("no user file is that of `{}`", user.0);
    let finding = Finding::new(Code::NoSuchFile, at.value(), message);
    found.push(finding.help(suggest(&user.0, &all)));
}
