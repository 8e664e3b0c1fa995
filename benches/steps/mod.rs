//! The steps from files and responses to a plan, one by one.

use std::hint::black_box;
use std::path::Path;

use callrules::api::{InteractionRuleRecord, StateRuleRecord};
use callrules::config::{self, Repository};
use callrules::lint;
use callrules::model::{
    AccountExtension, DesiredUser, ExtensionDirectory, ExtensionId, LocalDateTime, NameIndex,
};
use callrules::reconcile::{self, FetchRequest, LiveUser, UserPlan};
use serde_json::Value;

use super::company::{self, BenchError, RuleLists};

/// The day of the impact computation.
const TODAY: LocalDateTime = jiff::civil::date(2026, 11, 21).at(0, 0, 0, 0);

/// Loads and validates the files.
pub(crate) fn load_repository(folder: &Path) -> Result<Repository, BenchError> {
    let loaded = config::load(folder);
    loaded
        .repository
        .ok_or_else(|| format!("{:?}", loaded.diagnostics).into())
}

/// Resolves the names in the files.
pub(crate) fn resolve_users(
    repository: &Repository,
    directory: &ExtensionDirectory,
) -> Result<Vec<DesiredUser>, BenchError> {
    let Repository {
        settings,
        referenced_files: shared,
        ..
    } = repository;
    let files = repository.users.iter().map(|user| &user.file);
    let none = NameIndex::default();
    let resolved = config::resolve_all(files, settings, shared, directory, &none);
    let resolved: Result<_, _> = resolved.collect();
    resolved.map_err(|found| format!("{found:?}").into())
}

/// Reads the two lists of a user.
pub(crate) fn parse_live_user(
    desired: &DesiredUser,
    lists: &RuleLists,
) -> Result<LiveUser, BenchError> {
    let records = |text: &str| -> Result<Vec<Value>, BenchError> {
        let mut list: Value = serde_json::from_str(text)?;
        Ok(serde_json::from_value(list["records"].take())?)
    };
    let rules = records(&lists.rules)?.into_iter();
    let states = records(&lists.states)?.into_iter();
    let rules = rules.map(InteractionRuleRecord::try_from);
    let states = states.map(StateRuleRecord::try_from);
    let request = FetchRequest::from(desired);
    let (rules, states) = (
        rules.collect::<Result<_, _>>()?,
        states.collect::<Result<_, _>>()?,
    );
    Ok(LiveUser::new(&request, rules, states))
}

/// Computes the impact of a plan.
pub(crate) fn compute_impact(plan: &UserPlan, live: &LiveUser, directory: &ExtensionDirectory) {
    let before = live.handling();
    let after = reconcile::handling_after(before.clone(), &plan.id, &plan.changes);
    black_box(reconcile::describe_impact(
        before,
        &after,
        directory,
        TODAY,
        &[],
    ));
}

/// Runs the lints on all users.
pub(crate) fn lint_plan(plan: &UserPlan, live: &LiveUser, directory: &ExtensionDirectory) {
    let handling = live.handling().clone();
    let handling = reconcile::handling_after(handling, &plan.id, &plan.changes);
    let rules = (0..handling.rules().len()).map(lint::LintSubject::Rule);
    let states = handling.states().iter();
    let states = states.map(|state| lint::LintSubject::State(state.id.clone()));
    let user = lint::LintUser {
        id: &plan.id,
        handling: &handling,
        today: TODAY,
        declared: rules.chain(states).collect(),
    };
    black_box(lint::lint_user(&user, directory));
}

/// Returns the directory of the account.
pub(crate) fn build_directory(users: usize) -> ExtensionDirectory {
    let extension = |record: &Value| {
        let text = |pointer| {
            let text = record.pointer(pointer).and_then(Value::as_str);
            text.map(str::to_owned)
        };
        AccountExtension {
            id: ExtensionId(record["id"].to_string()),
            number: text("/extensionNumber"),
            name: text("/name").unwrap_or_default(),
            email: text("/contact/email"),
            kind: text("/type").unwrap_or_default(),
            status: text("/status").unwrap_or_default(),
            time_zone: text("/regionalSettings/timezone/name"),
        }
    };
    ExtensionDirectory::new(
        company::directory_records(users)
            .iter()
            .map(extension)
            .collect(),
    )
}
