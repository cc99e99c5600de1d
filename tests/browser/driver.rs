//! A browser under remote control: the few requests of `WebDriver` that the tests need, over one HTTP
//! connection each to a driver of our own on this machine.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::skip::skip;

/// A browser without a window, and its driver; both end with it.
pub(crate) struct Browser {
    driver: Child,
    port: u16,
    session: String,
    profile: tempfile::TempDir,
}

const PATIENCE: Duration = Duration::from_secs(30);

/// A program; where it is not installed, the test is skipped.
fn tool(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&path).map(|folder| folder.join(name)).find(|file| file.is_file());
    if found.is_none() {
        skip(&format!("{name} is not installed"));
    }
    found
}

impl Browser {
    /// Starts both; `None` where one is not installed and the test is skipped.
    pub(crate) fn start() -> Option<Self> {
        let (chromium, chromedriver) = (tool("chromium")?, tool("chromedriver")?);
        let profile = tempfile::tempdir().expect("a folder can be made");
        let mut driver = Command::new(chromedriver)
            .arg("--port=0")
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .expect("chromedriver can be started");
        let output = BufReader::new(driver.stdout.take().expect("its output is piped"));
        let port =
            output.lines().map_while(Result::ok).find_map(|line| port_in(&line)).expect("it says its port");
        let mut browser = Self { driver, port, session: String::new(), profile };
        let profile = browser.profile.path().display();
        let arguments = [
            "--headless=new".to_owned(),
            "--no-sandbox".to_owned(),
            "--disable-gpu".to_owned(),
            "--disable-quic".to_owned(),
            "--disable-dev-shm-usage".to_owned(),
            "--no-first-run".to_owned(),
            "--disable-background-networking".to_owned(),
            "--disable-component-update".to_owned(),
            "--disable-sync".to_owned(),
            "--window-size=1280,1000".to_owned(),
            format!("--user-data-dir={profile}"),
        ];
        let capabilities = json!({"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "goog:chromeOptions": {"binary": chromium, "args": arguments},
            "goog:loggingPrefs": {"browser": "ALL"},
        }}});
        let session = browser.request("POST", "/session", Some(&capabilities));
        session["sessionId"].as_str().expect("a session has an id").clone_into(&mut browser.session);
        Some(browser)
    }

    /// Opens a page and waits until it is there.
    pub(crate) fn open(&self, url: &str) {
        self.post("/url", &json!({"url": url}));
    }

    /// Runs a script in the page.
    pub(crate) fn run(&self, script: &str) -> Value {
        self.post("/execute/sync", &json!({"script": script, "args": []}))
    }

    /// The number that a script returns.
    pub(crate) fn number(&self, script: &str) -> u64 {
        let answer = self.run(script);
        answer.as_u64().unwrap_or_else(|| panic!("{script}: {answer}"))
    }

    /// The text that a script returns.
    pub(crate) fn text(&self, script: &str) -> String {
        let answer = self.run(script);
        answer.as_str().unwrap_or_else(|| panic!("{script}: {answer}")).to_owned()
    }

    /// Waits until a script returns true.
    pub(crate) fn wait(&self, script: &str) {
        let start = Instant::now();
        while self.run(script) != Value::Bool(true) {
            assert!(start.elapsed() < PATIENCE, "it never came true: {script}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Presses keys, one after the other, wherever the focus is.
    pub(crate) fn keys(&self, keys: &str) {
        let press = |key: char| {
            let key = key.to_string();
            [json!({"type": "keyDown", "value": key}), json!({"type": "keyUp", "value": key})]
        };
        let actions: Vec<Value> = keys.chars().flat_map(press).collect();
        self.post("/actions", &json!({"actions": [{"type": "key", "id": "keyboard", "actions": actions}]}));
    }

    /// Makes the window this large.
    pub(crate) fn resize(&self, width: u32, height: u32) {
        let sizes = json!({"cmd": "Emulation.setDeviceMetricsOverride", "params":
            {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false}});
        self.post("/goog/cdp/execute", &sizes);
    }

    /// Shows the page as it is on `screen` or on paper, in `print`.
    pub(crate) fn medium(&self, name: &str) {
        let medium = json!({"cmd": "Emulation.setEmulatedMedia", "params": {"media": name}});
        self.post("/goog/cdp/execute", &medium);
    }

    /// What the page complained about.
    pub(crate) fn errors(&self) -> Vec<String> {
        let log = self.post("/se/log", &json!({"type": "browser"}));
        log.as_array().expect("a log is a list").iter().map(ToString::to_string).collect()
    }

    /// Writes a picture, if somebody wants pictures.
    pub(crate) fn picture(&self, name: &str) {
        let Some(folder) = std::env::var_os("HNSPLAN_SCREENSHOTS") else { return };
        let picture = self.request("GET", &format!("/session/{}/screenshot", self.session), None);
        let bytes =
            data_encoding::BASE64.decode(picture.as_str().expect("a text").as_bytes()).expect("base64");
        std::fs::write(PathBuf::from(folder).join(format!("{name}.png")), bytes)
            .expect("a file can be written");
    }

    fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", &format!("/session/{}{path}", self.session), Some(body))
    }

    fn request(&self, method: &str, path: &str, body: Option<&Value>) -> Value {
        let body = body.map(ToString::to_string).unwrap_or_default();
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).expect("the driver listens");
        stream.set_read_timeout(Some(PATIENCE * 4)).expect("a time is set");
        let head = format!(
            "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nContent-Type: application/json\r\n\
             Content-Length: {}\r\nConnection: close\r\n\r\n",
            self.port,
            body.len()
        );
        stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes())).expect("it reads");
        let mut reader = BufReader::new(stream);
        let mut length = 0;
        let mut line = String::new();
        while reader.read_line(&mut line).expect("it answers") > 2 {
            if let Some((name, value)) = line.split_once(':')
                && name.eq_ignore_ascii_case("content-length")
            {
                length = value.trim().parse().expect("a length is a number");
            }
            line.clear();
        }
        let mut answer = vec![0; length];
        reader.read_exact(&mut answer).expect("the answer is whole");
        let answer: Value = serde_json::from_slice(&answer).expect("an answer is JSON");
        assert!(answer["value"]["error"].is_null(), "{path} {body}: {}", answer["value"]);
        answer["value"].clone()
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        if !self.session.is_empty() && !std::thread::panicking() {
            self.request("DELETE", &format!("/session/{}", self.session), None);
        }
        let _ = self.driver.kill();
        let _ = self.driver.wait();
    }
}

/// `ChromeDriver was started successfully on port 40123.`
fn port_in(line: &str) -> Option<u16> {
    line.split_once("successfully on port ")?.1.trim_end_matches('.').parse().ok()
}
