//! The platform's side of a webhook: answers as a test says, and keeps what it was sent.

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
    routing::any,
};
use serde_json::Value;
use std::{
    collections::VecDeque,
    net::SocketAddr,
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::net::TcpListener;

/// An answer.
#[derive(Clone, Debug)]
pub enum Reply {
    Status(u16),
    /// With a header.
    With(u16, &'static str, String),
    /// After a while.
    Slow(Duration),
    /// By the record of the first event of the body.
    RefuseRecord(u64),
}

/// A post that came.
#[derive(Clone, Debug)]
pub struct Post {
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Post {
    pub fn events(&self) -> Vec<Value> {
        match serde_json::from_slice(&self.body).unwrap() {
            Value::Array(events) => events,
            event => vec![event],
        }
    }

    pub fn records(&self) -> Vec<u64> {
        self.events().iter().map(|event| event["data"]["record"].as_u64().unwrap()).collect()
    }
}

#[derive(Default)]
pub struct Inbox {
    /// Answers to the next posts.
    pub replies: VecDeque<Reply>,
    /// Answer to all others.
    pub always: Option<Reply>,
    pub posts: Vec<Post>,
    /// Posts that were answered with 200.
    pub taken: Vec<Post>,
}

#[derive(Clone)]
pub struct Receiver {
    pub inbox: Arc<Mutex<Inbox>>,
    pub address: SocketAddr,
}

impl Receiver {
    pub async fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let inbox = Arc::<Mutex<Inbox>>::default();
        let router = Router::new().fallback(any(take)).with_state(Arc::clone(&inbox));
        tokio::spawn(async move { axum::serve(listener, router).await.unwrap() });
        Self { inbox, address }
    }

    pub fn answer(&self, replies: impl IntoIterator<Item = Reply>) {
        self.inbox.lock().unwrap().replies.extend(replies);
    }

    pub fn always(&self, reply: Option<Reply>) {
        self.inbox.lock().unwrap().always = reply;
    }

    pub fn posts(&self) -> Vec<Post> {
        self.inbox.lock().unwrap().posts.clone()
    }

    /// Records of everything that was taken, in order.
    pub fn taken(&self) -> Vec<u64> {
        self.inbox.lock().unwrap().taken.iter().flat_map(Post::records).collect()
    }
}

async fn take(State(inbox): State<Arc<Mutex<Inbox>>>, headers: HeaderMap, body: Bytes) -> Response {
    let post = Post { headers, body };
    let reply = {
        let mut inbox = inbox.lock().unwrap();
        inbox.posts.push(post.clone());
        let always = inbox.always.clone().unwrap_or(Reply::Status(200));
        inbox.replies.pop_front().unwrap_or(always)
    };
    let status = |code: u16| StatusCode::from_u16(code).unwrap();
    let response = match reply {
        Reply::Status(code) => status(code).into_response(),
        Reply::With(code, name, value) => (status(code), [(name, value)]).into_response(),
        Reply::Slow(pause) => {
            tokio::time::sleep(pause).await;
            StatusCode::OK.into_response()
        }
        Reply::RefuseRecord(record) if post.records().contains(&record) => status(422).into_response(),
        Reply::RefuseRecord(_) => StatusCode::OK.into_response(),
    };
    if response.status() == StatusCode::OK {
        inbox.lock().unwrap().taken.push(post);
    }
    response
}
