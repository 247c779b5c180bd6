//! The section `health`.

use super::text::{is_endpoint, is_web_address};
use super::{Verdict, want};
use crate::core::config::{Health, HealthProbe, Kubernetes};

/// Accepts the section, or reports the first value that cannot be applied.
pub fn check(health: &Health, kubernetes: &Kubernetes) -> Verdict {
    let is_worker = matches!(kubernetes, Kubernetes::Worker(_));
    want(is_worker || !health.node_ready, format_args!("/health/nodeReady"), "asks for a Node that no worker has")?;
    let fits = health.stable_for_ms < health.timeout_ms;
    want(fits, format_args!("/health/stableForMs"), "is not shorter than timeoutMs")?;
    for (i, probe) in health.probes.iter().enumerate() {
        match probe {
            HealthProbe::Http { url, .. } => {
                let at = format_args!("/health/probes/{i}/url");
                want(is_web_address(url), at, "is not an address of http or https that can be asked")?;
            }
            HealthProbe::Tcp { address } => {
                let at = format_args!("/health/probes/{i}/address");
                want(is_endpoint(address), at, "is not a host and a port")?;
            }
        }
    }
    Ok(())
}
