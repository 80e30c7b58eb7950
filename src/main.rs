//! The program: hands over to the library.

fn main() -> std::process::ExitCode {
    devflow::cli::main()
}
