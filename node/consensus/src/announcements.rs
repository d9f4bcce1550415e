//! What peers announce, as the engine's network hears it: the channels of the application do not carry it.

use crate::{context::MuluContext, error::ConsensusError, quarantine::Heard};
use arc_malachitebft_app_channel::{
    EngineHandle,
    app::engine::network::{NetworkEvent, NetworkMsg, NetworkRef},
};
use ractor::{Actor, ActorProcessingErr, ActorRef, async_trait};
use tokio::sync::mpsc;

/// Announcements that wait for the loop. What is too much is dropped: heights are announced again.
const WAITING_MAX: usize = 1_024;

/// The announcements; dropping it ends the listening.
pub struct Announcements {
    heard: mpsc::Receiver<Heard>,
    listener: ActorRef<NetworkEvent<MuluContext>>,
}

impl Announcements {
    /// Listens to the network of a running engine. Who is connected already is heard of.
    ///
    /// # Errors
    /// [`ConsensusError::Engine`] if the engine has ended already.
    pub async fn listen(actors: &EngineHandle) -> Result<Self, ConsensusError> {
        let engine = |why: String| ConsensusError::Engine { why };
        let children = actors.actor.get_cell().get_children();
        let network: NetworkRef<MuluContext> = children
            .into_iter()
            .find(|child| child.is_message_type_of::<NetworkMsg<MuluContext>>() == Some(true))
            .ok_or_else(|| engine("it has no network".into()))?
            .into();
        let (sender, heard) = mpsc::channel(WAITING_MAX);
        let (listener, _) =
            Listener::spawn(None, Listener(sender), ()).await.map_err(|error| engine(error.to_string()))?;
        let announcements = Self { heard, listener: listener.clone() };
        network.cast(NetworkMsg::Subscribe(Box::new(listener))).map_err(|error| engine(error.to_string()))?;
        Ok(announcements)
    }

    /// The next one; none when the engine has ended.
    pub async fn next(&mut self) -> Option<Heard> {
        self.heard.recv().await
    }
}

impl Drop for Announcements {
    fn drop(&mut self) {
        self.listener.stop(None);
    }
}

struct Listener(mpsc::Sender<Heard>);

#[async_trait]
impl Actor for Listener {
    type Msg = NetworkEvent<MuluContext>;
    type State = ();
    type Arguments = ();

    async fn pre_start(&self, _: ActorRef<Self::Msg>, (): ()) -> Result<(), ActorProcessingErr> {
        Ok(())
    }

    async fn handle(&self, _: ActorRef<Self::Msg>, event: Self::Msg, (): &mut ()) -> Result<(), ActorProcessingErr> {
        let heard = match event {
            NetworkEvent::PeerConnected(peer) => Heard::Connected(peer),
            NetworkEvent::PeerDisconnected(peer) => Heard::Gone(peer),
            // The network has compared the name with that of the connection.
            NetworkEvent::Status(peer, status) => Heard::At(peer, status.tip_height.id()),
            _ => return Ok(()),
        };
        // See `WAITING_MAX`.
        let _ = self.0.try_send(heard);
        Ok(())
    }
}
