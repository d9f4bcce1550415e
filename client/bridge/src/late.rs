//! Routes that need the chain, before it was reached: they are there from the start and answer that it is not yet time.

use crate::http::{answer::Problem, caller::Caller};
use axum::{
    Router,
    extract::{Request, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::any,
};
use std::sync::{Arc, OnceLock};
use tower::Service;

/// A router that comes later.
#[derive(Clone, Default)]
pub(crate) struct Late {
    there: Arc<OnceLock<Router>>,
}

impl Late {
    /// Routes of these paths, which the router answers once it is there.
    pub(crate) fn routes(&self, paths: &[&str]) -> Router {
        let routes = paths.iter().fold(Router::new(), |routes, path| routes.route(path, any(forward)));
        routes.with_state(self.clone())
    }

    /// Lets the router answer from now on.
    pub(crate) fn open(&self, router: Router) {
        // Only the first one counts; there is one chain.
        let _ = self.there.set(router);
    }
}

async fn forward(State(late): State<Late>, request: Request) -> Response {
    let Some(mut router) = late.there.get().cloned() else {
        let why = "the bridge has not reached its node yet; try again later";
        return Problem::new(StatusCode::SERVICE_UNAVAILABLE, "chain_not_reached", why).into_response();
    };
    let answered = router.call(afresh(request)).await;
    answered.unwrap_or_else(|never| match never {})
}

/// The request as it came, with who calls, and without what the path meant out here: the router finds its own meaning in it.
fn afresh(request: Request) -> Request {
    let (mut parts, body) = request.into_parts();
    let caller = parts.extensions.remove::<Arc<Caller>>();
    parts.extensions.clear();
    if let Some(caller) = caller {
        parts.extensions.insert(caller);
    }
    Request::from_parts(parts, body)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a test may")]

    use super::*;
    use axum::{body::Body, extract::Path, routing::get};

    async fn asked(mut router: Router, path: &str) -> (StatusCode, String) {
        let answer = router.call(Request::get(path).body(Body::empty()).unwrap()).await.unwrap();
        let code = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 10_000).await.unwrap();
        (code, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_route_says_to_wait_until_its_router_is_there() {
        let late = Late::default();
        let routes = late.routes(&["/api/v1/{*rest}"]);
        let (code, body) = asked(routes.clone(), "/api/v1/grants/7").await;
        assert_eq!(code, StatusCode::SERVICE_UNAVAILABLE);
        assert!(body.contains("chain_not_reached"), "{body}");
        late.open(Router::new().route("/api/v1/grants/{id}", get(async |Path(id): Path<u32>| format!("grant {id}"))));
        assert_eq!(asked(routes.clone(), "/api/v1/grants/7").await, (StatusCode::OK, "grant 7".into()));
        assert_eq!(asked(routes, "/api/v1/other").await.0, StatusCode::NOT_FOUND);
    }
}
