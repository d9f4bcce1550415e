#![allow(clippy::unwrap_used, reason = "a test may")]

use crate::{
    codec::{decode, encode},
    outbox::{OUTBOX_BYTES_MAX, Outbox},
    *,
};
use mulu_primitives::block::{EXTRINSIC_BYTES_MAX, Extrinsic};
use mulu_proofs::ids::PublicKey;
use std::{
    net::{Ipv4Addr, SocketAddr, TcpListener},
    time::Duration,
};
use tokio::{sync::mpsc, time::timeout};

const DOMAIN: [u8; 32] = [7; 32];
const SOON: Duration = Duration::from_secs(20);

fn key_of(seed: u8) -> PublicKey {
    let keypair = config::keypair([seed; 32]);
    keypair.public().try_into_ed25519().unwrap().to_bytes()
}

fn free_address() -> SocketAddr {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap()
}

fn peers(list: &[(u8, SocketAddr)]) -> Vec<Peer> {
    list.iter().map(|(seed, address)| Peer { key: key_of(*seed), address: *address }).collect()
}

async fn node(
    seed: u8,
    listen: SocketAddr,
    allowed: &[(u8, SocketAddr)],
    domain: [u8; 32],
) -> (PeersHandle, mpsc::Receiver<Received>) {
    start(PeersConfig { listen, key: [seed; 32], allowed: peers(allowed), domain }).await.unwrap()
}

async fn wait_for(handle: &PeersHandle, peers: &[u8]) {
    let mut expected: Vec<_> = peers.iter().map(|seed| key_of(*seed)).collect();
    expected.sort_unstable();
    let mut connected = handle.watch_connected();
    timeout(SOON, connected.wait_for(|keys| *keys == expected)).await.expect("in time").unwrap();
}

async fn receive(queue: &mut mpsc::Receiver<Received>, count: usize) -> Vec<(PublicKey, Extrinsic)> {
    let mut all = Vec::new();
    while all.len() < count {
        let received = timeout(SOON, queue.recv()).await.expect("in time").expect("the swarm runs");
        all.extend(received.extrinsics.into_iter().map(|extrinsic| (received.from, extrinsic)));
    }
    all
}

#[tokio::test]
async fn extrinsics_reach_every_known_peer_in_order() {
    let addresses = [free_address(), free_address(), free_address()];
    let list: Vec<_> = [1, 2, 3].into_iter().zip(addresses).collect();
    let (one, _one_queue) = node(1, addresses[0], &list, DOMAIN).await;
    let (_two, mut two_queue) = node(2, addresses[1], &list, DOMAIN).await;
    let (_three, mut three_queue) = node(3, addresses[2], &list, DOMAIN).await;
    wait_for(&one, &[2, 3]).await;
    // More than one request can carry, and one as long as any may be.
    let mut sent: Vec<_> = (0..30u8).map(|n| Extrinsic::new(&vec![n; 100_000])).collect();
    sent.push(Extrinsic::new(&vec![99; EXTRINSIC_BYTES_MAX]));
    for extrinsic in &sent {
        one.forward(extrinsic.clone());
    }
    for queue in [&mut two_queue, &mut three_queue] {
        let mut received = receive(queue, sent.len()).await;
        assert!(received.iter().all(|(from, _)| *from == key_of(1)));
        // Requests on their way at once may overtake each other.
        received.sort_by_key(|(_, extrinsic)| extrinsic.bytes()[0]);
        assert_eq!(received.into_iter().map(|(_, e)| e).collect::<Vec<_>>(), sent);
    }
}

#[tokio::test]
async fn a_stranger_is_refused_and_the_others_go_on() {
    let addresses = [free_address(), free_address(), free_address()];
    let known = [(1, addresses[0]), (2, addresses[1])];
    let (one, mut one_queue) = node(1, addresses[0], &known, DOMAIN).await;
    // The stranger knows where to find node 1, whose list does not have it.
    let (stranger, _queue) = node(3, addresses[2], &[(1, addresses[0])], DOMAIN).await;
    let (two, _two_queue) = node(2, addresses[1], &known, DOMAIN).await;
    wait_for(&two, &[1]).await;
    for round in 0..20u8 {
        stranger.forward(Extrinsic::new(&[66, round]));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    two.forward(Extrinsic::new(&[1]));
    let received = receive(&mut one_queue, 1).await;
    assert_eq!(received, [(key_of(2), Extrinsic::new(&[1]))]);
    assert_eq!(one.connected(), [key_of(2)]);
    assert!(one_queue.try_recv().is_err(), "nothing of the stranger came through");
}

#[tokio::test]
async fn a_node_of_another_chain_is_not_understood() {
    let addresses = [free_address(), free_address()];
    let known = [(1, addresses[0]), (2, addresses[1])];
    let (one, mut one_queue) = node(1, addresses[0], &known, DOMAIN).await;
    let (two, _two_queue) = node(2, addresses[1], &known, [8; 32]).await;
    wait_for(&two, &[1]).await;
    two.forward(Extrinsic::new(&[1]));
    assert!(timeout(Duration::from_secs(1), one_queue.recv()).await.is_err());
    drop(one);
}

#[tokio::test]
async fn a_peer_that_comes_back_is_found_again() {
    let addresses = [free_address(), free_address()];
    let known = [(1, addresses[0]), (2, addresses[1])];
    let (one, _one_queue) = node(1, addresses[0], &known, DOMAIN).await;
    let (two, two_queue) = node(2, addresses[1], &known, DOMAIN).await;
    wait_for(&one, &[2]).await;
    drop((two, two_queue));
    wait_for(&one, &[]).await;
    let (_two, mut two_queue) = node(2, addresses[1], &known, DOMAIN).await;
    wait_for(&one, &[2]).await;
    one.forward(Extrinsic::new(&[5]));
    assert_eq!(receive(&mut two_queue, 1).await, [(key_of(1), Extrinsic::new(&[5]))]);
}

#[tokio::test]
async fn a_busy_receiver_gets_everything_later() {
    let addresses = [free_address(), free_address()];
    let known = [(1, addresses[0]), (2, addresses[1])];
    let (one, _one_queue) = node(1, addresses[0], &known, DOMAIN).await;
    let (_two, mut two_queue) = node(2, addresses[1], &known, DOMAIN).await;
    wait_for(&one, &[2]).await;
    // One request each, more than the receiver's queue holds, while it does not look.
    let count = 80u8;
    for n in 0..count {
        one.forward(Extrinsic::new(&[vec![n], vec![0; REQUEST_BYTES_MAX / 4 * 3]].concat()));
        tokio::time::sleep(Duration::from_millis(10)).await;
        if n % 16 == 0 {
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }
    let mut numbers: Vec<u8> =
        receive(&mut two_queue, count.into()).await.iter().map(|(_, extrinsic)| extrinsic.bytes()[0]).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (0..count).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_peer_that_is_put_on_the_list_connects_and_one_that_is_taken_off_is_gone() {
    let addresses = [free_address(), free_address(), free_address()];
    let all: Vec<_> = [1, 2, 3].into_iter().zip(addresses).collect();
    let (one, mut one_queue) = node(1, addresses[0], &all[..2], DOMAIN).await;
    let (two, _two_queue) = node(2, addresses[1], &all, DOMAIN).await;
    let (three, mut three_queue) = node(3, addresses[2], &all, DOMAIN).await;
    wait_for(&two, &[1, 3]).await;
    wait_for(&one, &[2]).await;

    one.set_allowed(&peers(&all)).unwrap();
    wait_for(&one, &[2, 3]).await;
    one.forward(Extrinsic::new(&[1]));
    assert_eq!(receive(&mut three_queue, 1).await, [(key_of(1), Extrinsic::new(&[1]))]);

    one.set_allowed(&peers(&all[..2])).unwrap();
    wait_for(&one, &[2]).await;
    wait_for(&three, &[2]).await;
    for _ in 0..10 {
        three.forward(Extrinsic::new(&[66]));
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    two.forward(Extrinsic::new(&[2]));
    assert_eq!(receive(&mut one_queue, 1).await, [(key_of(2), Extrinsic::new(&[2]))]);
    assert!(one_queue.try_recv().is_err(), "nothing of the one that was taken off came through");

    // And on again: being gone leaves nothing behind.
    one.set_allowed(&peers(&all)).unwrap();
    wait_for(&one, &[2, 3]).await;
}

#[tokio::test]
async fn a_list_that_grows_has_room_for_everyone_on_it() {
    let addresses: Vec<_> = (0..6).map(|_| free_address()).collect();
    let all: Vec<_> = (1..).zip(addresses.iter().copied()).collect();
    let (one, _one_queue) = node(1, addresses[0], &[], DOMAIN).await;
    let mut others = Vec::new();
    for (seed, address) in &all[1..] {
        others.push(node(*seed, *address, &all[..1], DOMAIN).await);
    }
    assert!(one.connected().is_empty());
    one.set_allowed(&peers(&all)).unwrap();
    wait_for(&one, &[2, 3, 4, 5, 6]).await;
    one.set_allowed(&[]).unwrap();
    wait_for(&one, &[]).await;
}

#[tokio::test]
async fn a_peer_that_moved_is_found_at_its_new_address() {
    let addresses = [free_address(), free_address(), free_address()];
    let (one, _one_queue) = node(1, addresses[0], &[(2, addresses[1])], DOMAIN).await;
    // Node 2 listens elsewhere and dials nobody that is there.
    let (_two, mut two_queue) = node(2, addresses[2], &[(1, addresses[1])], DOMAIN).await;
    tokio::time::sleep(Duration::from_millis(500)).await;
    assert!(one.connected().is_empty());
    one.set_allowed(&peers(&[(2, addresses[2])])).unwrap();
    wait_for(&one, &[2]).await;
    one.forward(Extrinsic::new(&[7]));
    assert_eq!(receive(&mut two_queue, 1).await, [(key_of(1), Extrinsic::new(&[7]))]);
    // The same list once more, and one with another address of a connected peer, disturb nothing.
    one.set_allowed(&peers(&[(2, addresses[2])])).unwrap();
    one.set_allowed(&peers(&[(2, addresses[1])])).unwrap();
    one.forward(Extrinsic::new(&[8]));
    assert_eq!(receive(&mut two_queue, 1).await, [(key_of(1), Extrinsic::new(&[8]))]);
    assert_eq!(one.connected(), [key_of(2)]);
}

#[tokio::test]
async fn a_list_with_a_key_that_is_none_is_refused_and_the_old_one_stays() {
    let addresses = [free_address(), free_address()];
    let known = [(1, addresses[0]), (2, addresses[1])];
    let (one, _one_queue) = node(1, addresses[0], &known, DOMAIN).await;
    let (_two, _two_queue) = node(2, addresses[1], &known, DOMAIN).await;
    wait_for(&one, &[2]).await;
    let no_point = Peer { key: [2; 32], address: addresses[1] };
    assert!(matches!(one.set_allowed(&[no_point]), Err(PeersError::Key { .. })));
    assert_eq!(one.connected(), [key_of(2)]);
}

#[tokio::test]
async fn a_taken_port_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let listen = taken.local_addr().unwrap();
    let config = PeersConfig { listen, key: [1; 32], allowed: vec![], domain: DOMAIN };
    let error = start(config).await.unwrap_err();
    assert!(error.to_string().contains(&listen.port().to_string()), "{error}");
    assert!(matches!(error, PeersError::PortTaken { .. }));
}

#[test]
fn a_hostile_frame_is_refused() {
    let good = encode(&[Extrinsic::new(&[1, 2, 3]), Extrinsic::new(&[4])]);
    assert_eq!(decode(&good).unwrap(), [Extrinsic::new(&[1, 2, 3]), Extrinsic::new(&[4])]);
    for cut in 1..good.len() {
        let cut = decode(&good[..cut]);
        assert!(cut.is_err() || cut.unwrap() == [Extrinsic::new(&[1, 2, 3])]);
    }
    assert!(decode(&[]).is_err());
    assert!(decode(&0u32.to_le_bytes()).is_err(), "an empty extrinsic");
    assert!(decode(&u32::MAX.to_le_bytes()).is_err(), "a length that would ask for 4 GiB");
    let many = [1u32.to_le_bytes().as_slice(), &[0]].concat().repeat(REQUEST_EXTRINSICS_MAX + 1);
    assert!(decode(&many).is_err());
}

#[test]
fn the_outbox_is_bounded_and_keeps_the_order() {
    let mut outbox = Outbox::default();
    let large = Extrinsic::new(&vec![0; EXTRINSIC_BYTES_MAX]);
    for _ in 0..OUTBOX_BYTES_MAX / EXTRINSIC_BYTES_MAX {
        assert!(outbox.push(large.clone()));
    }
    assert!(!outbox.push(Extrinsic::new(&[1])));
    assert_eq!(outbox.next_request().len(), 1);
    outbox.clear();
    for n in 0..5 {
        assert!(outbox.push(Extrinsic::new(&[n])));
    }
    let request = outbox.next_request();
    assert!(outbox.push(Extrinsic::new(&[5])));
    outbox.put_back(request);
    let order: Vec<u8> = outbox.next_request().iter().map(|e| e.bytes()[0]).collect();
    assert_eq!(order, [0, 1, 2, 3, 4, 5]);
    assert!(outbox.is_empty());
}
