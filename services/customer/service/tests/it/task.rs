//! Tasks of departments: one that nobody wants goes up.

use super::authority::{NOON, analysed, by, propose};
use super::{client, fields, furnish, on_both, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::testing::{Kind, TestSuite};

on_both!(a_task_that_is_bounced_too_often_goes_up);
on_both!(tasks_and_proposals_come_in_pages);

/// A complaint whose remedy was granted and given to departments; the names of their tasks.
async fn dispatched(suite: &TestSuite, departments: &[&str]) -> Vec<String> {
    let chief = by("chief", "admin", NOON);
    furnish(suite, &chief).await;
    analysed(suite, "k1").await;
    let proposal = propose(suite, &chief, "k1", 100).await;
    let mut proposals = client!(suite, &chief, proposal_service_client::ProposalServiceClient);
    let offer = pb::OfferProposalRequest { name: proposal.clone(), ..Default::default() };
    proposals.offer_proposal(offer).await.unwrap();
    let word = pb::Evidence { title: "e-mail".to_owned(), ..Default::default() };
    let confirm = pb::ConfirmProposalRequest {
        name: proposal,
        confirmation: Some(pb::Confirmation {
            basis: Some(pb::confirmation::Basis::Evidence(word)),
            ..Default::default()
        }),
        ..Default::default()
    };
    proposals.confirm_proposal(confirm).await.unwrap();
    let task = |department: &&str| pb::Task {
        department: (*department).to_owned(),
        description: "send a seal".to_owned(),
        ..Default::default()
    };
    let dispatch = pb::DispatchCaseRequest {
        name: "cases/k1".to_owned(),
        tasks: departments.iter().map(task).collect(),
        ..Default::default()
    };
    let mut cases = client!(suite, &chief, case_service_client::CaseServiceClient);
    cases.dispatch_case(dispatch).await.unwrap();
    let list = pb::ListTasksRequest { parent: "cases/k1".to_owned(), ..Default::default() };
    let mut tasks = client!(suite, &chief, task_service_client::TaskServiceClient);
    let found = tasks.list_tasks(list).await.unwrap().into_inner().tasks;
    found.into_iter().map(|task| task.name).collect()
}

async fn tasks_and_proposals_come_in_pages(kind: Kind) {
    let suite = suite(kind).await;
    let names = dispatched(&suite, &["warehouse", "finance", "technical"]).await;
    assert_eq!(names.len(), 3);
    let chief = by("chief", "admin", NOON);
    let mut tasks = client!(suite, &chief, task_service_client::TaskServiceClient);
    let mut found = Vec::new();
    let mut request =
        pb::ListTasksRequest { parent: "cases/k1".to_owned(), page_size: 2, ..Default::default() };
    loop {
        let page = tasks.list_tasks(request.clone()).await.unwrap().into_inner();
        assert!(page.tasks.len() <= 2);
        found.extend(page.tasks.into_iter().map(|task| task.name));
        request.page_token = page.next_page_token;
        if request.page_token.is_empty() {
            break;
        }
        if found.len() == 2 {
            // A token is bound to its list.
            analysed(&suite, "k2").await;
            let parent = "cases/k2".to_owned();
            let other = pb::ListTasksRequest { parent, ..request.clone() };
            let status = tasks.list_tasks(other).await.unwrap_err();
            assert_eq!(fields(&status), ["page_token"]);
        }
    }
    assert_eq!(found, names);
    let mut proposals = client!(suite, &chief, proposal_service_client::ProposalServiceClient);
    let list = pb::ListProposalsRequest {
        parent: "cases/k1".to_owned(),
        page_size: 1,
        ..Default::default()
    };
    let page = proposals.list_proposals(list.clone()).await.unwrap().into_inner();
    assert_eq!((page.proposals.len(), page.next_page_token.as_str()), (1, ""));
    let forged = pb::ListProposalsRequest { page_token: "bGlhcg".to_owned(), ..list };
    let status = proposals.list_proposals(forged).await.unwrap_err();
    assert_eq!(fields(&status), ["page_token"]);
}

async fn a_task_that_is_bounced_too_often_goes_up(kind: Kind) {
    let suite = suite(kind).await;
    let name = dispatched(&suite, &["warehouse"]).await.remove(0);
    let chief = by("chief", "admin", NOON);
    let mut tasks = client!(suite, &chief, task_service_client::TaskServiceClient);
    let mut cases = client!(suite, &chief, case_service_client::CaseServiceClient);
    let mut told = Vec::new();
    for (i, department) in ["production", "finance", "technical", "warehouse"].iter().enumerate() {
        let bounce = pb::BounceTaskRequest {
            name: name.clone(),
            reason: "not ours".to_owned(),
            department: (*department).to_owned(),
            request_id: request_id(),
            ..Default::default()
        };
        let bounced = tasks.bounce_task(bounce).await.unwrap().into_inner();
        assert_eq!(usize::try_from(bounced.bounces).unwrap(), i + 1);
        let list =
            pb::ListCaseEntriesRequest { parent: "cases/k1".to_owned(), ..Default::default() };
        let entries = cases.list_case_entries(list).await.unwrap().into_inner().entries;
        let up = entries.into_iter().filter(|entry| entry.note.contains("was bounced"));
        told = up.map(|entry| (entry.note, entry.notify)).collect();
        assert_eq!(told.len(), (i + 1).saturating_sub(2), "{told:?}");
    }
    assert_eq!(told[0].0, format!("{name} was bounced 3 times: not ours"));
    assert_eq!(told.iter().map(|t| t.1.join(",")).collect::<Vec<_>>(), ["supervisor", "manager"]);
}
