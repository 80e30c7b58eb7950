//! Owns fetching one file by its URL, for `devflow plugin add`. Never runs during a run.

use super::http::{is_loopback, plain_client};

/// Largest file that is fetched.
const MAX_BYTES: usize = 64 << 20;

/// Fetches a file.
///
/// # Errors
/// Why it cannot be had, in one line.
pub fn fetch(url: &str) -> Result<Vec<u8>, String> {
    if !url.starts_with("https://") && !is_loopback(url) {
        return Err("only `https://` is fetched".to_owned());
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|error| error.to_string())?;
    runtime.block_on(async {
        let client = plain_client().map_err(|error| error.to_string())?;
        let mut response = client.get(url).send().await.map_err(|error| root_cause(&error))?;
        if !response.status().is_success() {
            return Err(format!("the server answered {}", response.status().as_u16()));
        }
        let mut bytes = Vec::new();
        while let Some(chunk) = response.chunk().await.map_err(|error| root_cause(&error))? {
            bytes.extend_from_slice(&chunk);
            if bytes.len() > MAX_BYTES {
                return Err(format!("it is larger than {} MiB", MAX_BYTES >> 20));
            }
        }
        Ok(bytes)
    })
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}
