//! `decision_`: the node's decision point, asked over JSON-RPC.

use crate::{context::Context, failure::Failure};
use jsonrpsee::core::{RpcResult, async_trait};
use mulu_decision::{Denied, Desk, Now, Reason, Under};
use mulu_primitives::block::Header;
use mulu_proofs::ids::{Digest32, Height, Moment};
use mulu_rpc_api::{
    Hex32,
    decision::{CHECKED_MAX, CheckedRoute, CheckedRoutes, Decision, DecisionsServer, Point, Question},
};
use std::sync::Arc;

/// The namespace.
pub struct Decisions(pub Arc<Context>);

#[async_trait]
impl DecisionsServer for Decisions {
    async fn decide(&self, question: Question) -> RpcResult<Decision> {
        let asked = read(&question)?;
        let Some(desk) = self.0.parts.decision.clone() else {
            return self.0.run(not_configured).await;
        };
        Ok(shown(desk.ask(asked, Now::read()).await))
    }

    async fn point(&self) -> RpcResult<Option<Point>> {
        Ok(self.0.parts.decision.as_deref().map(|desk| {
            let (point, settings) = (desk.point(), desk.point().settings());
            Point {
                platform: settings.platform,
                key: *point.public(),
                audience: settings.audience.to_string(),
                reason: point.is_ready(Now::read()).err().map(|reason| reason.to_string()),
                allowed: desk.allowed(),
                denied: desk.denied().map(|(reason, count)| (reason.to_string(), count)).collect(),
            }
        }))
    }

    async fn check(&self, first: Option<u32>) -> RpcResult<CheckedRoutes> {
        let desk = self.0.parts.decision.clone();
        self.0
            .run(move |_| {
                let desk = desk.ok_or_else(|| Failure::NotFound { what: "decision point on this node".into() })?;
                Ok(check(&desk, first.unwrap_or(0)))
            })
            .await
    }
}

fn read(question: &Question) -> Result<mulu_decision::Question, Failure> {
    let under = match (question.grant, question.entry) {
        (Some(grant), None) => Under::Grant(grant),
        (None, Some(entry)) => Under::Entry(entry),
        _ => return Err(Failure::Filter { why: "a question names either a grant or an entry" }),
    };
    let Question { consumer, items, method, purpose, using_system, .. } = *question;
    Ok(mulu_decision::Question { under, consumer, items, method, purpose, using_system })
}

fn shown(decision: mulu_decision::Decision) -> Decision {
    let mulu_decision::Decision { verdict, height, hash, time } = decision;
    let mut shown = denied(Denied { reason: Reason::Failed, grant: None }, height, hash, time);
    match verdict {
        Ok(allowed) => {
            (shown.allowed, shown.reason) = (true, None);
            (shown.grant, shown.version) = (Some(allowed.grant), Some(allowed.version));
            (shown.token, shown.expires) = (Some(allowed.token), Some(allowed.expires));
            shown
        }
        Err(why) => denied(why, height, hash, time),
    }
}

fn denied(why: Denied, height: Height, hash: Digest32, time: Moment) -> Decision {
    Decision {
        allowed: false,
        reason: Some(why.reason.to_string()),
        grant: why.grant,
        version: None,
        token: None,
        expires: None,
        height,
        hash: Hex32(hash),
        time,
    }
}

fn not_configured(context: &Context) -> Result<Decision, Failure> {
    let (Header { number, .. }, hash) = context.parts.store.head();
    let height = Height::new(number);
    let time = context.parts.store.block(height)?.and_then(|block| block.moment()).unwrap_or_default();
    Ok(denied(Denied { reason: Reason::NotConfigured, grant: None }, height, hash, time))
}

fn check(desk: &Desk, first: u32) -> CheckedRoutes {
    let (mapping, now) = (desk.mapping(), Now::read());
    let pairs = mapping.routes().iter().flat_map(|route| mapping.consumers().iter().map(move |known| (route, known)));
    let mut rows = pairs.skip(first as usize).map(|(route, (name, consumer))| {
        let would = desk.point().would(&route.question(consumer), now);
        CheckedRoute {
            path: route.pattern.to_string(),
            methods: route.verbs.iter().cloned().collect(),
            consumer: name.to_owned(),
            grant: would.map_or_else(|denied| denied.grant, Some),
            reason: would.err().map(|denied| denied.reason.to_string()),
        }
    });
    let page: Vec<_> = rows.by_ref().take(CHECKED_MAX as usize).collect();
    let next = rows.next().map(|_| first.saturating_add(CHECKED_MAX));
    CheckedRoutes { rows: page, next }
}
