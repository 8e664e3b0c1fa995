//! The steps from files and answers to a plan, one by one.

use std::hint::black_box;
use std::path::Path;

use callrules::config::{self, Repository};
use callrules::engine::{self, LiveUser, UserPlan, Wanted};
use callrules::lint;
use callrules::model::{Catalogue, DateTime, DesiredUser, Directory, Extension, ExtensionId};
use callrules::wire::{InteractionRule, StateRule};
use serde_json::Value;

use super::company::{self, Failure, Lists};

/// The day on which it is asked what callers will notice.
const TODAY: DateTime = jiff::civil::date(2026, 11, 21).at(0, 0, 0, 0);

/// Reads and checks the files.
pub(crate) fn load(folder: &Path) -> Result<Repository, Failure> {
    let loaded = config::load(folder);
    loaded
        .repository
        .ok_or_else(|| format!("{:?}", loaded.diagnostics).into())
}

/// Makes out what they mean.
pub(crate) fn resolve(
    repository: &Repository,
    directory: &Directory,
) -> Result<Vec<DesiredUser>, Failure> {
    let Repository {
        settings, shared, ..
    } = repository;
    let files = repository.users.iter().map(|user| &user.file);
    let none = Catalogue::default();
    let resolved = config::resolve_all(files, settings, shared, directory, &none);
    let resolved: Result<_, _> = resolved.collect();
    resolved.map_err(|found| format!("{found:?}").into())
}

/// Reads the two lists of a user.
pub(crate) fn read(desired: &DesiredUser, lists: &Lists) -> Result<LiveUser, Failure> {
    let records = |text: &str| -> Result<Vec<Value>, Failure> {
        let mut list: Value = serde_json::from_str(text)?;
        Ok(serde_json::from_value(list["records"].take())?)
    };
    let rules = records(&lists.rules)?.into_iter();
    let states = records(&lists.states)?.into_iter();
    let rules = rules.map(InteractionRule::try_from);
    let states = states.map(StateRule::try_from);
    let wanted = Wanted::from(desired);
    let (rules, states) = (
        rules.collect::<Result<_, _>>()?,
        states.collect::<Result<_, _>>()?,
    );
    Ok(LiveUser::new(&wanted, rules, states))
}

/// What callers will notice of a plan.
pub(crate) fn tell_impact(plan: &UserPlan, live: &LiveUser, directory: &Directory) {
    let told = engine::impact(live.handling(), &plan.id, &plan.changes, directory, TODAY);
    black_box(told);
}

/// Looks for warnings.
pub(crate) fn look(plan: &UserPlan, live: &LiveUser, directory: &Directory) {
    let handling = live.handling().clone();
    let handling = engine::handling_after(handling, &plan.id, &plan.changes);
    let rules = (0..handling.rules().len()).map(lint::Subject::Rule);
    let states = handling.states().iter();
    let states = states.map(|state| lint::Subject::State(state.id.clone()));
    let user = lint::User {
        id: &plan.id,
        handling: &handling,
        today: TODAY,
        declared: rules.chain(states).collect(),
    };
    black_box(lint::look(&user, directory));
}

/// The account's directory.
pub(crate) fn directory(users: usize) -> Directory {
    let extension = |record: &Value| {
        let text = |pointer| {
            let text = record.pointer(pointer).and_then(Value::as_str);
            text.map(str::to_owned)
        };
        Extension {
            id: ExtensionId(record["id"].to_string()),
            number: text("/extensionNumber"),
            name: text("/name").unwrap_or_default(),
            email: text("/contact/email"),
            kind: text("/type").unwrap_or_default(),
            status: text("/status").unwrap_or_default(),
            time_zone: text("/regionalSettings/timezone/name"),
        }
    };
    Directory::new(company::directory(users).iter().map(extension).collect())
}
