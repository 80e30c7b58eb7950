//! `devflow run`: a pipeline, or any operation of any analyzer.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;

use super::args::{Global, OperationArgs};
use super::carry_out::{Beside, carry_out, print_spec};
use super::exit::{Failed, Status, usage};
use super::machine::layers;
use crate::project::spec::{Bytes, DiffSpec, TrialSpec, Work, WriteSpec};
use crate::project::{Error, RunSpec};

/// `devflow run NAME`
pub(super) fn run(global: &Global, name: &str, args: &OperationArgs) -> Result<Status, Failed> {
    if name.contains(':') {
        return operations(global, &[name], args);
    }
    if !args.option.is_empty() || args.diff.is_some() {
        return Err(Error::usage(format!("`{name}` is a pipeline: its table says the options")).into());
    }
    if args.verify.is_some() || args.mutate {
        return Err(Error::usage(format!(
            "`{name}` is a pipeline, and what it generates is not tried: `--verify` and `--mutate` are for operations"
        ))
        .into());
    }
    // A pipeline is not tried, and says by itself what it writes.
    let spec = RunSpec { trial: None, ..spec(global, Work::Pipeline(name.to_owned()), args)? };
    finish(global, &spec, args)
}

/// Runs operations of one analyzer. `operations` are written as `analyzer:operation`; options go to those that know them.
pub(super) fn operations(global: &Global, operations: &[&str], args: &OperationArgs) -> Result<Status, Failed> {
    if args.verify.as_ref().is_some_and(|command| command.trim().is_empty()) {
        return Err(usage("`--verify` names no command", "leave it out, and nothing is verified"));
    }
    let names = operations.iter().map(|name| (*name).to_owned()).collect();
    let spec = spec(global, Work::Operations { names, options: options(&args.option)? }, args)?;
    finish(global, &spec, args)
}

fn finish(global: &Global, spec: &RunSpec, args: &OperationArgs) -> Result<Status, Failed> {
    if args.run.print_spec {
        return print_spec(spec);
    }
    carry_out(global, &args.run, spec, &args.report.format, Beside::Generated)
}

fn spec(global: &Global, work: Work, args: &OperationArgs) -> Result<RunSpec, Failed> {
    let diff = args.diff.as_deref().map(read_diff).transpose()?;
    let trial = args.verify.as_ref().map(|command| TrialSpec { command: command.clone(), limit_s: args.verify_limit, mutate: args.mutate });
    Ok(RunSpec {
        paths: args.paths.iter().map(Bytes::from).collect(),
        diff,
        fresh: args.run.fresh,
        trial,
        outputs: args.report.output.iter().map(Bytes::from).collect(),
        write: args.write.as_ref().map(|folder| WriteSpec { folder: Bytes::from(folder), overwrite: args.overwrite }),
        ..RunSpec::new(work, layers(global, &args.run))
    })
}

/// The flags `--option key=value`.
fn options(flags: &[(String, String)]) -> Result<BTreeMap<String, String>, Failed> {
    let mut options = BTreeMap::new();
    for (key, value) in flags {
        if options.insert(key.clone(), value.clone()).is_some() {
            return Err(Error::usage(format!("the option `{key}` is given twice")).into());
        }
    }
    Ok(options)
}

#[expect(clippy::disallowed_methods, reason = "the diff that the user named is read here")]
fn read_diff(diff: &Path) -> Result<DiffSpec, Failed> {
    let mut bytes = Vec::new();
    let read = if diff == Path::new("-") {
        std::io::stdin().lock().read_to_end(&mut bytes).map(drop)
    } else {
        std::fs::read(diff).map(|read| bytes = read)
    };
    read.map_err(|error| Error::usage(format!("cannot read `{}`: {error}", diff.display())))?;
    Ok(DiffSpec { name: Bytes::from(diff), text: Bytes(bytes) })
}
