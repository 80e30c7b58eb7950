//! Where devflow reads and writes: what a checkout names leads to its own files, what is made becomes plain files, and one file that fails
//! costs no other.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use serde_json::Value;

use crate::support::guest::{third, third_with};
use crate::support::{Project, findings};

const CODE: &str = "x = 1\n";

fn project() -> Project {
    let project = Project::new();
    project.write("src/a.py", CODE);
    project
}

/// A template beside the project, by its absolute path.
fn secret(project: &Project) -> String {
    project.write("../secret.j2", "SECRET {{ total }}\n");
    project.path("../secret.j2").canonicalize().unwrap().display().to_string()
}

#[cfg(unix)]
fn link(project: &Project, to: &str, from: &str) {
    let from = project.path(from);
    std::fs::create_dir_all(from.parent().unwrap()).unwrap();
    std::os::unix::fs::symlink(to, from).unwrap();
}

fn read(project: &Project, path: &str) -> String {
    std::fs::read_to_string(project.path(path)).unwrap()
}

/// Adds a plugin that makes these artifacts, each a name and a body, of every file.
fn add_maker(project: &Project, artifacts: &[(&str, &str)]) {
    let (mut records, mut texts) = (Vec::new(), Vec::new());
    for (name, body) in artifacts {
        for text in [*name, "text/plain", *body] {
            records.extend([40_000 + texts.len() as u32, text.len() as u32]);
            texts.extend(text.bytes());
        }
        // No language, and no names that it must hold.
        records.extend([0; 5]);
    }
    let records: Vec<u8> = records.iter().flat_map(|field| field.to_le_bytes()).collect();
    assert!(records.len() < 20_000 && texts.len() < 80_000, "they fit between what the guest has and what it allocates");
    let data = |at: u32, bytes: &[u8]| {
        let bytes: String = bytes.iter().map(|byte| format!("\\{byte:02x}")).collect();
        format!("(data (i32.const {at}) \"{bytes}\")")
    };
    let none = "(i32.store (i32.const 2060) (i32.const 0)) (i32.store (i32.const 2064) (i32.const 0))";
    let some = format!("(i32.store (i32.const 2060) (i32.const 20000)) (i32.store (i32.const 2064) (i32.const {}))", artifacts.len());
    let id = "(data (i32.const 512) \"ID\")";
    let all = format!("{} {} {id}", data(20_000, &records), data(40_000, &texts));
    std::fs::write(project.path("maker.wasm"), third_with("maker", &[(none, some.as_str()), (id, all.as_str())])).unwrap();
    project.run(&["plugin", "add", "maker.wasm"]).text(0);
}

#[cfg(unix)]
#[test]
fn a_template_that_is_a_link_out_of_the_project_is_not_read() {
    let project = project();
    let secret = secret(&project);
    link(&project, &secret, ".devflow/templates/report.md.j2");
    link(&project, &secret, ".devflow/templates/report.html.j2");
    link(&project, &secret, ".devflow/templates/prompts/quick-review.j2");
    link(&project, &secret, "own.j2");
    for args in [
        &["analyze", "batch", "src", "--no-model", "--output", "review.md"][..],
        &["analyze", "batch", "src", "--no-model", "--format", "html"],
        &["analyze", "batch", "src", "--no-model", "--format", "template:own.j2"],
        &["template", "use", "quick-review", "--var", "file=src/a.py"],
        &["template", "show", "report.md"],
        &["--set", "report.markdown-template=own.j2", "analyze", "batch", "src", "--no-model", "--format", "markdown"],
    ] {
        let ran = project.run(args);
        assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{args:?}: {ran:?}");
        assert!(!ran.stdout.contains("SECRET") && !ran.stderr.contains("SECRET"), "{args:?}: {ran:?}");
    }
    assert!(!project.path("review.md").exists());
    let text = project.run(&["template", "list"]).text(0);
    assert!(text.contains("outside of the project") && text.contains("pr-comment.md") && !text.contains("SECRET"), "{text}");
}

#[cfg(unix)]
#[test]
fn a_link_inside_of_the_project_is_followed_and_one_into_its_git_folder_is_not() {
    let project = project();
    project.write("own/page.md.j2", "mine: {{ total }}\n");
    project.write(".git/token", "SECRET\n");
    link(&project, "../../own/page.md.j2", ".devflow/templates/report.md.j2");
    link(&project, ".git/token", "token.j2");
    let format = |format: &str| project.run(&["analyze", "batch", "src", "--no-model", "--format", format]);
    assert_eq!(format("markdown").text(0), "mine: 0\n");
    for name in ["template:token.j2", "template:.git/token"] {
        let ran = format(name);
        assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{name}: {ran:?}");
    }
}

#[test]
fn users_name_templates_wherever_they_are_and_a_checkout_does_not() {
    let project = project();
    let secret = secret(&project);
    let text = project.run(&["analyze", "batch", "src", "--no-model", "--format", &format!("template:{secret}")]).text(0);
    assert!(text.contains("SECRET"), "{text}");
    let leak =
        |name: &str| format!("[pipeline.leak]\npaths = [\"src\"]\nmodel.mode = \"off\"\nreports = [\"template:{name}=review.md\"]\n");
    for name in [secret.as_str(), "../secret.j2"] {
        project.write("devflow.toml", &leak(name));
        for args in [&["run", "leak"][..], &["config", "check"]] {
            let ran = project.run(args);
            assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{name}: {args:?}: {ran:?}");
        }
        assert!(!project.path("review.md").exists());
    }
    // The same words in the user's own configuration are the user's.
    std::fs::remove_file(project.path("devflow.toml")).unwrap();
    project.write("../user/config/devflow/config.toml", &leak(&secret));
    project.run(&["run", "leak"]).text(0);
    assert!(read(&project, "review.md").contains("SECRET"));
}

#[test]
fn a_template_includes_nothing() {
    let project = project();
    let secret = secret(&project);
    for name in [secret.as_str(), "src/a.py", "report.md"] {
        project.write("own.md.j2", &format!("{{% include \"{name}\" %}}\n"));
        let ran = project.run(&["analyze", "batch", "src", "--no-model", "--format", "template:own.md.j2"]);
        assert!(ran.status == Some(2) && !ran.stdout.contains("SECRET") && !ran.stdout.contains("x = 1"), "{name}: {ran:?}");
    }
}

#[test]
fn a_folder_of_an_option_is_one_of_the_project_unless_the_user_names_another() {
    let project = project();
    project.write("../osv/x.json", "{}");
    for folder in ["..", "../osv", "src/../.."] {
        let table = format!("[pipeline.x]\noperations = [\"deps:audit\"]\noptions.\"deps:audit\".advisories = \"{folder}\"\n");
        project.write("devflow.toml", &table);
        let ran = project.run(&["run", "x"]);
        assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{folder}: {ran:?}");
    }
    project.write("devflow.toml", "");
    assert_eq!(project.run(&["deps", "audit", "--advisories", "../osv"]).status, Some(0));
    #[cfg(unix)]
    {
        link(&project, "../osv", "known");
        let ran = project.run(&["deps", "audit", "--advisories", "known"]);
        assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{ran:?}");
    }
}

#[cfg(unix)]
#[test]
fn what_is_written_for_the_project_follows_no_link_out() {
    let project = project();
    link(&project, "../../../new.j2", ".devflow/templates/report.md.j2");
    let ran = project.run(&["template", "eject", "report.md"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{ran:?}");
    assert!(!project.path("../new.j2").exists());
    std::fs::create_dir_all(project.path("../elsewhere")).unwrap();
    link(&project, "../../elsewhere", ".devflow/plugins");
    std::fs::write(project.path("hello.wasm"), third("hello")).unwrap();
    let ran = project.run(&["plugin", "add", "hello.wasm"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("outside of the project"), "{ran:?}");
    assert_eq!(std::fs::read_dir(project.path("../elsewhere")).unwrap().count(), 0);
    assert!(!project.path("devflow.toml").exists());
}

#[test]
fn what_is_made_becomes_no_hook_and_a_bad_name_costs_only_itself() {
    let project = project();
    let long = "f".repeat(300);
    let names = [".git/hooks/pre-commit", "devflow.toml", "-rf", "..", long.as_str(), "{dir}/x\u{202e}dm.exe", "good.txt"];
    add_maker(&project, &names.map(|name| (name, "made")));
    let table = read(&project, "devflow.toml");
    let text = project.run(&["run", "maker:file", "src/a.py", "--write", ".", "--output", "r.json"]).text(0);
    assert!(text.contains("wrote good.txt") && text.contains("report in r.json"), "{text}");
    assert_eq!((read(&project, "good.txt"), read(&project, "devflow.toml")), ("made".to_owned(), table));
    assert!(!project.path(".git/hooks").exists() && !project.path("-rf").exists());
    let document: Value = serde_json::from_str(&read(&project, "r.json")).unwrap();
    assert_eq!(document["summary"]["dropped"], 6, "{document}");
}

#[test]
fn a_path_that_becomes_hidden_when_it_is_filled_in_is_dropped_when_it_is_written() {
    let project = Project::new();
    project.write(".ci/a.py", CODE);
    add_maker(&project, &[("notes/{dir}/{stem}.txt", "made"), ("notes/{stem}.txt", "made, too")]);
    let text = project.run(&["run", "maker:file", ".ci/a.py", "--write", "out"]).text(0);
    assert!(text.contains("dropped notes/.ci/a.txt") && text.contains("wrote notes/a.txt"), "{text}");
    assert!(!project.path("out/notes/.ci").exists());
}

#[test]
fn artifacts_of_one_path_are_told_apart_or_the_second_is_dropped() {
    let project = Project::new();
    for folder in ["", "d1/", "d2/"] {
        project.write(&format!("{folder}a.py"), CODE);
    }
    add_maker(&project, &[("notes/{stem}.txt", "first"), ("notes/a.txt", "second")]);
    let run = || project.run(&["run", "maker:file", "a.py", "d1", "d2", "--write", "out", "--output", "r.json"]).text(0);
    let text = run();
    assert_eq!(text.matches("wrote notes/a.txt\n").count(), 1, "{text}");
    assert!(text.contains("dropped notes/a.txt: another file of this run made one of the same name"), "{text}");
    for (path, body) in [("a.txt", "first"), ("d1/a.txt", "second"), ("d2/a.txt", "second")] {
        assert_eq!(read(&project, &format!("out/notes/{path}")), body, "{path}");
    }
    let document: Value = serde_json::from_str(&read(&project, "r.json")).unwrap();
    assert_eq!(document["summary"]["dropped"], 1, "{document}");
    // The same again changes nothing, and calls nothing a file of somebody else.
    let again = run();
    assert!(again.matches("unchanged notes/").count() == 3 && !again.contains("left alone") && !again.contains("wrote notes/"), "{again}");
}

#[test]
fn a_file_that_cannot_be_written_costs_no_other_file_and_no_report() {
    let project = project();
    add_maker(&project, &[("good.txt", "made"), ("taken.txt", "made")]);
    project.write("out/taken.txt/x", "");
    let args = ["run", "maker:file", "src", "--write", "out", "--output", "r.json", "--output", "r.md"];
    let ran = project.run(&args);
    assert!(ran.status == Some(3) && ran.stderr.contains("taken.txt") && ran.stderr.contains("is a folder"), "{ran:?}");
    for expected in ["wrote good.txt", "report in r.json", "report in r.md", "scores "] {
        assert!(ran.stdout.contains(expected), "{expected}: {ran:?}");
    }
    assert!(project.path("out/good.txt").is_file() && project.path("r.json").is_file() && project.path("r.md").is_file());
}

#[test]
fn a_template_that_fails_costs_no_other_report() {
    let project = project();
    // With made-up pages it does not fail, so it is tried.
    project.write("bad.md.j2", "{% if 'src/a.py' in files | map(attribute='path') | list %}{{ no_such_name }}{% endif %}\n");
    for args in [&["analyze", "batch", "src"][..], &["run", "review:file", "src"]] {
        let outputs = ["--no-model", "--output", "template:bad.md.j2=bad.md", "--output", "good.json"];
        let ran = project.run(&[args, &outputs].concat());
        assert!(ran.status == Some(2) && ran.stderr.contains("no_such_name"), "{ran:?}");
        assert!(ran.stdout.contains("report in good.json") && ran.stdout.contains("scores "), "{ran:?}");
        std::fs::remove_file(project.path("good.json")).unwrap();
    }
    // What goes to the terminal may fail as well.
    let ran = project.run(&["run", "review:file", "src", "--no-model", "--format", "template:bad.md.j2", "--output", "good.json"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("no_such_name") && project.path("good.json").is_file(), "{ran:?}");
}

#[test]
fn the_folder_of_a_report_is_made_and_a_folder_is_no_report() {
    let project = project();
    project.write("devflow.toml", "[pipeline.p]\npaths = [\"src\"]\nmodel.mode = \"off\"\nreports = [\"out/deep/x.md\"]\n");
    project.run(&["run", "p"]).text(0);
    assert!(project.path("out/deep/x.md").is_file());
    project.run(&["analyze", "batch", "src", "--no-model", "--output", "made/r.json"]).text(0);
    assert!(project.path("made/r.json").is_file());
    project.write("r.md/keep", "");
    for (output, expected) in [("r.md", "`r.md` is a folder"), ("src/a.py/r.md", "`src/a.py` is not a folder")] {
        let ran = project.run(&["analyze", "batch", "src", "--no-model", "--output", output]);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{output}: {ran:?}");
    }
    project.write("devflow.toml", "[pipeline.p]\npaths = [\"src\"]\nmodel.mode = \"off\"\nreports = [\"r.md\"]\n");
    let ran = project.run(&["run", "p"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("r.md` is a folder"), "{ran:?}");
}

/// Serves a body to everybody who asks; gives the address. The thread ends with the tests.
fn serve(body: Vec<u8>) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for mut stream in listener.incoming().filter_map(Result::ok) {
            let (mut request, mut part) = (Vec::new(), [0; 1024]);
            while !request.ends_with(b"\r\n\r\n") {
                match stream.read(&mut part) {
                    Ok(0) | Err(_) => break,
                    Ok(n_bytes) => request.extend_from_slice(&part[..n_bytes]),
                }
            }
            let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n", body.len());
            // Whoever went away needs no answer.
            drop(stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(&body)));
        }
    });
    format!("http://{address}")
}

#[test]
fn a_plugin_whose_table_is_there_is_fetched_to_its_place() {
    let project = project();
    let component = third("far");
    let digest = devflow::types::Digest::of(&component).to_string();
    let url = format!("{}/far.wasm", serve(component));
    let table = format!("[[plugin]]\nname = \"far\"\nurl = \"{url}\"\nsha256 = \"{digest}\"\n");
    project.write("devflow.toml", &table);
    let source = format!("{url}#sha256={digest}");
    let ran = project.analyze(&["--no-model"]);
    assert!(ran.status == Some(2) && ran.stderr.contains(&source), "{ran:?}");
    let listed = project.run(&["plugin", "list"]).text(0);
    assert!(listed.contains("far: the plugin `far`") && listed.contains("review "), "{listed}");
    let text = project.run(&["plugin", "add", &source]).text(0);
    assert!(text.contains("wrote .devflow/plugins/far.wasm"), "{text}");
    assert_eq!(read(&project, "devflow.toml"), table);
    let document = project.analyze(&["--no-model"]).json(0);
    assert!(findings(&document).iter().any(|finding| finding["analyzer"] == "far"), "{document}");
    assert!(project.run(&["plugin", "add", &source]).stderr.contains("there is an analyzer `far` already"));
    // Another component of that name does not take the place.
    std::fs::remove_file(project.path(".devflow/plugins/far.wasm")).unwrap();
    std::fs::write(project.path("other.wasm"), third_with("far", &[("a hello", "a hullo")])).unwrap();
    let ran = project.run(&["plugin", "add", "other.wasm"]);
    assert!(ran.status == Some(2) && ran.stderr.contains("has another"), "{ran:?}");
    assert!(!project.path(".devflow/plugins/far.wasm").exists());
}

#[test]
fn a_glob_that_no_file_fits_is_told_with_the_way_to_write_a_folder_in_brackets() {
    let project = project();
    project.write("app/[slug]/page.ts", "export const x = 1;\n");
    project.write("README.md", "# Thing\n");
    let check = |glob: &str| {
        project.write("devflow.toml", &format!("[[override]]\npaths = [\"{glob}\"]\ndisabled-rules = [\"eval\"]\n"));
        let ran = project.run(&["config", "check"]);
        assert_eq!(ran.status, Some(0), "{ran:?}");
        ran.stderr
    };
    let told = check("app/[slug]/**");
    assert!(told.contains("no file that is looked at fits `app/[slug]/**`") && told.contains("`app/[[]slug[]]/**`"), "{told}");
    assert!(told.contains("devflow.toml:2:"), "{told}");
    assert!(check("nope/**").contains("no file that is looked at fits `nope/**`"));
    for glob in ["app/[[]slug[]]/**", "src/*.py", "README.md", ".ci/**", "**"] {
        assert_eq!(check(glob), "", "{glob}");
    }
}

#[cfg(unix)]
#[test]
fn links_out_of_the_project_and_its_git_folder_are_no_sources() {
    let project = project();
    project.write("../outside/s.py", "SECRET = 1\n");
    project.write(".git/hooks/x.py", "SECRET = 1\n");
    link(&project, "../outside/s.py", "l.py");
    link(&project, "../outside", "ld");
    link(&project, ".git/hooks/x.py", "g.py");
    let list = project
        .start_with_input_in("", &["analyze", "batch", "-", "--format", "json"], b"l.py\nld/s.py\ng.py\nsrc/a.py\n")
        .finish()
        .json(0);
    assert_eq!((&list["coverage"]["analyzed"], list["coverage"]["skipped"].as_array().unwrap().len()), (&1.into(), 3), "{list}");
    for name in ["l.py", "ld", "g.py", ".git/hooks/x.py", ".git/**/*.py", "ld/*.py"] {
        let ran = project.run(&["analyze", "batch", name, "--format", "json"]);
        assert_eq!(ran.json(3)["coverage"]["failed"].as_array().unwrap().len(), 1, "{name}");
    }
    // What is named by its own path is the user's choice.
    let outside = project.path("../outside/s.py").canonicalize().unwrap();
    project.run(&["analyze", "file", outside.to_str().unwrap()]).text(0);
    for name in ["g.py", ".git/hooks", ".git/**"] {
        project.write("devflow.toml", &format!("[pipeline.r]\npaths = [\"{name}\"]\n"));
        assert!(project.run(&["run", "r"]).status >= Some(2), "{name}");
    }
    link(&project, ".git", "gd");
    project.write("devflow.toml", "[pipeline.r]\npaths = [\"src\"]\nreports = [\"gd/x.md\"]\n");
    assert!(project.run(&["run", "r"]).status == Some(2) && !project.path(".git/x.md").exists());
}

#[cfg(unix)]
#[test]
fn ignore_files_that_lead_elsewhere_or_have_no_end_are_not_read() {
    let outside = Project::new();
    outside.write("list", "a.py\n");
    for name in [".gitignore", ".ignore", ".devflowignore", "src/.gitignore"] {
        for target in [outside.path("list"), "/dev/zero".into()] {
            let project = project();
            std::os::unix::fs::symlink(&target, project.path(name)).unwrap();
            for args in [&["analyze", "batch", "."][..], &["run", "deps:audit", "."], &["analyze", "batch", "src"]] {
                let ran = project.run(&[args, &["--no-model"]].concat());
                assert!(ran.status == Some(3) && ran.stderr.contains(name), "{name} {args:?}: {ran:?}");
            }
        }
    }
    let project = project();
    assert!(std::process::Command::new("mkfifo").arg(project.path(".gitignore")).status().unwrap().success());
    assert_eq!(project.run(&["analyze", "batch", ".", "--no-model"]).status, Some(3));
    std::fs::remove_file(project.path(".gitignore")).unwrap();
    // Too large, and the one that git keeps beside the project's.
    for name in [".gitignore", ".git/info/exclude"] {
        project.write(name, &"# nothing\n".repeat(110_000));
        let ran = project.run(&["analyze", "batch", ".", "--no-model"]);
        assert!(ran.status == Some(3) && ran.stderr.contains("larger than 1 MiB"), "{name}: {ran:?}");
        std::fs::remove_file(project.path(name)).unwrap();
    }
    // One that leads to another file of the project is a file like any other.
    project.write("left-out", "src/\n");
    std::os::unix::fs::symlink("left-out", project.path(".gitignore")).unwrap();
    assert!(project.run(&["analyze", "batch", ".", "--no-model"]).text(0).contains("nothing"));
}

#[test]
fn settings_of_a_checkout_are_bounded() {
    let project = project();
    let many: String = (0..201).map(|at| format!("[pipeline.p{at}]\nextends = \"p{}\"\n", at + 1)).collect();
    for (text, expected) in [(many, "201 pipelines"), (format!("# {}\n", "x".repeat(1 << 20)), "1 MiB")] {
        project.write("devflow.toml", &text);
        let ran = project.run(&["analyze", "batch", "src", "--no-model"]);
        assert!(ran.status == Some(2) && ran.stderr.contains(expected), "{expected}: {ran:?}");
    }
    project.write("devflow.toml", "[analyzers]\ndeadline = 600000\nmemory = 4096\n");
    let ran = project.run(&["analyze", "batch", "src", "--no-model"]);
    assert!(ran.stderr.contains("`analyzers.deadline`") && ran.stderr.contains("`analyzers.memory`"), "{ran:?}");
}

#[cfg(unix)]
#[test]
fn pipes_in_the_place_of_documents_scripts_and_tests_are_not_waited_for() {
    let (outside, project) = (Project::new(), project());
    let pipe = |path: std::path::PathBuf| {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    };
    let elsewhere = pipe(outside.path("pipe"));
    for name in ["package.json", "tests/test_a.py"] {
        std::fs::create_dir_all(project.path("tests")).unwrap();
        std::os::unix::fs::symlink(&elsewhere, project.path(name)).unwrap();
    }
    for name in ["go.mod", "tests/test_b.py", ".devflow/scripts/s.rhai", ".devflow/templates/report.md.j2"] {
        pipe(project.path(name));
    }
    for operation in ["deps:audit", "test-gen:gaps", "docs:readme"] {
        let ran = project.run(&["run", operation, ".", "--no-model"]);
        assert!(matches!(ran.status, Some(0 | 3)), "{operation}: {ran:?}");
    }
    project.run(&["script", "list"]).text(0);
    project.run(&["analyze", "batch", "src", "--no-model", "--output", "r.md"]).text(0);
}
