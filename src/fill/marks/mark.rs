//! What one assumed number is.

/// What an assumed number is.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mark {
    /// `clusterIP:shop/web`, `nodePort:shop/web:http`, `healthCheckNodePort:shop/web`, `loadBalancer:shop/web`,
    /// `pod:shop/web-0` or `node:linux-1`.
    pub symbol: String,
    /// How many replicas its workload has, where no manifest says so.
    pub assumed_replicas: Option<u64>,
}

impl std::fmt::Display for Mark {
    /// `pod:shop/web-0, 1 of 3 assumed replicas`
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.symbol)?;
        match self.assumed_replicas {
            Some(1) => f.write_str(", 1 assumed replica"),
            Some(count) => write!(f, ", 1 of {count} assumed replicas"),
            None => Ok(()),
        }
    }
}
