//! Employees: records and lines, who could take a case, conduct complaints hidden from the accused and their line.

use super::{call, client, fields, furnish, on_both, reason, request_id, suite};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_platform::identity::Call;
use aftercare_platform::testing::{self, Kind, TestSuite};
use tonic::Code;

on_both!(work_goes_to_those_who_can_have_room_and_are_near);
on_both!(nobody_stands_above_himself_and_records_name_what_is_wrong);
on_both!(a_conduct_case_is_hidden_from_the_accused_and_their_line);
on_both!(upheld_complaints_warn_penalise_and_escalate_with_the_right_of_reply);

const NOON: &str = "2026-02-24T12:00:00+08";

fn by(principal: &str, role: &str) -> Call {
    let mut call = testing::call("demo", &[role], NOON.parse().unwrap()).unwrap();
    call.caller.principal = principal.to_owned();
    call
}

macro_rules! employees {
    ($suite:expr, $call:expr) => {
        client!($suite, $call, employee_service_client::EmployeeServiceClient)
    };
}

macro_rules! cases {
    ($suite:expr, $call:expr) => {
        client!($suite, $call, case_service_client::CaseServiceClient)
    };
}

fn agent(id: &str, supervisor: &str, level: i32) -> pb::Employee {
    pb::Employee {
        name: format!("employees/{id}"),
        display_name: id.to_uppercase(),
        roles: vec!["agent".to_owned()],
        supervisor: match supervisor {
            "" => String::new(),
            id => format!("employees/{id}"),
        },
        skills: vec![pb::Skill {
            dimension: "complaint_handling".to_owned(),
            level,
            ..Default::default()
        }],
        max_open: 2,
        active: true,
        ..Default::default()
    }
}

async fn put(suite: &TestSuite, employee: pb::Employee) -> Result<pb::Employee, tonic::Status> {
    let request = pb::UpdateEmployeeRequest {
        employee: Some(employee),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let answer = employees!(suite, &by("chief", "admin")).update_employee(request).await;
    answer.map(tonic::Response::into_inner)
}

async fn complain(suite: &TestSuite, id: &str, owner: &str, accused: &str) {
    let category = match accused {
        "" => pb::ComplaintCategory::Price,
        _ => pb::ComplaintCategory::StaffConduct,
    };
    let name = |id: &str| if id.is_empty() { String::new() } else { format!("employees/{id}") };
    let request = pb::CreateCaseRequest {
        case: Some(pb::Case {
            customer: "customers/c1".to_owned(),
            kind: pb::CaseKind::Complaint.into(),
            category: category.into(),
            subject: "Was shouted at".to_owned(),
            owner: name(owner),
            accused_employee: name(accused),
            ..Default::default()
        }),
        case_id: id.to_owned(),
        request_id: request_id(),
    };
    cases!(suite, &by("chief", "admin")).create_case(request).await.unwrap();
}

/// Zhao leads Wang, Wang leads Li; Sun is apart.
async fn staff(suite: &TestSuite) {
    furnish(suite, &call("demo", "chief", NOON)).await;
    for (id, above, level) in
        [("zhao", "", 5), ("wang", "zhao", 4), ("li", "wang", 4), ("sun", "", 1)]
    {
        put(suite, agent(id, above, level)).await.unwrap();
    }
}

async fn work_goes_to_those_who_can_have_room_and_are_near(kind: Kind) {
    let suite = suite(kind).await;
    staff(&suite).await;
    let far = pb::Employee { territories: vec!["350000".to_owned()], ..agent("chen", "", 5) };
    put(&suite, far).await.unwrap();
    let model = pb::UpdateCompetencyModelRequest {
        competency_model: Some(pb::CompetencyModel {
            name: "competencyModels/agent".to_owned(),
            role: "agent".to_owned(),
            required: agent("x", "", 3).skills,
            ..Default::default()
        }),
        allow_missing: true,
        request_id: request_id(),
        ..Default::default()
    };
    let mut client = employees!(suite, &by("chief", "admin"));
    client.update_competency_model(model).await.unwrap();
    complain(&suite, "k1", "zhao", "").await;
    complain(&suite, "k2", "zhao", "").await;
    complain(&suite, "k3", "wang", "").await;
    complain(&suite, "k4", "", "").await;
    let ask = |subject: &str| pb::SuggestAssigneesRequest {
        subject: subject.to_owned(),
        max_results: 10,
    };
    let found = client.suggest_assignees(ask("cases/k4")).await.unwrap().into_inner().candidates;
    let able: Vec<_> = found.iter().filter(|c| c.obstacles.is_empty()).collect();
    let names: Vec<_> = able.iter().map(|c| c.employee.as_str()).collect();
    assert_eq!(names, ["employees/li", "employees/wang"]);
    assert!(able[0].score > able[1].score);
    let why =
        |id: &str| found.iter().find(|c| c.employee.ends_with(id)).unwrap().obstacles.join(";");
    assert_eq!(why("zhao"), "2 of 2 open: no room");
    assert_eq!(why("sun"), "complaint_handling is 1, 3 is needed");
    assert_eq!(why("chen"), "does not serve 330100");
    complain(&suite, "k5", "", "li").await;
    let found = client.suggest_assignees(ask("cases/k5")).await.unwrap().into_inner().candidates;
    let why =
        |id: &str| found.iter().find(|c| c.employee.ends_with(id)).unwrap().obstacles[0].clone();
    assert_eq!(why("li"), "is the accused");
    assert_eq!(why("wang"), "stands in the line of the accused");
    for (subject, code) in [
        ("cases/none", Code::NotFound),
        ("workOrders/none", Code::NotFound),
        ("x", Code::InvalidArgument),
    ] {
        assert_eq!(client.suggest_assignees(ask(subject)).await.unwrap_err().code(), code);
    }
}

async fn nobody_stands_above_himself_and_records_name_what_is_wrong(kind: Kind) {
    let suite = suite(kind).await;
    staff(&suite).await;
    let circle = put(&suite, agent("zhao", "li", 5)).await.unwrap_err();
    assert_eq!(
        (circle.code(), reason(&circle)),
        (Code::FailedPrecondition, "SUPERVISOR_CIRCLE".to_owned())
    );
    let own = put(&suite, agent("sun", "sun", 5)).await.unwrap_err();
    assert_eq!(reason(&own), "SUPERVISOR_CIRCLE");
    let unknown = put(&suite, agent("sun", "nobody", 5)).await.unwrap_err();
    assert_eq!(fields(&unknown), ["employee.supervisor"]);
    let wrong = pb::Employee {
        name: "employees/qian".to_owned(),
        skills: vec![pb::Skill { level: 6, ..Default::default() }],
        territories: vec!["nowhere".to_owned()],
        max_open: -1,
        ..Default::default()
    };
    let found = fields(&put(&suite, wrong).await.unwrap_err());
    for field in
        ["territories[0]", "max_open", "display_name", "skills[0].dimension", "skills[0].level"]
    {
        assert!(found.contains(&format!("employee.{field}")), "{field}: {found:?}");
    }
    let mut other = employees!(suite, &call("other", "chief", NOON));
    let get = pb::GetEmployeeRequest { name: "employees/li".to_owned() };
    assert_eq!(other.get_employee(get).await.unwrap_err().code(), Code::NotFound);
    let list = pb::ListEmployeesRequest { page_size: 2, ..Default::default() };
    let mut client = employees!(suite, &by("sun", "agent"));
    let page = client.list_employees(list).await.unwrap().into_inner();
    assert_eq!((page.employees.len(), page.next_page_token.is_empty()), (2, false));
}

async fn a_conduct_case_is_hidden_from_the_accused_and_their_line(kind: Kind) {
    let suite = suite(kind).await;
    staff(&suite).await;
    complain(&suite, "k1", "", "li").await;
    let get = || pb::GetCaseRequest { name: "cases/k1".to_owned() };
    for (who, seen) in
        [("li", false), ("wang", false), ("zhao", false), ("sun", true), ("chief", true)]
    {
        let mut client = cases!(suite, &by(who, "manager"));
        assert_eq!(client.get_case(get()).await.is_ok(), seen, "{who}");
        let list = client.list_cases(pb::ListCasesRequest::default()).await.unwrap().into_inner();
        assert_eq!(list.cases.len(), usize::from(seen), "{who}");
        let entries =
            pb::ListCaseEntriesRequest { parent: "cases/k1".to_owned(), ..Default::default() };
        assert_eq!(client.list_case_entries(entries).await.is_ok(), seen, "{who}");
    }
    // moved to another line, the old one sees it
    put(&suite, agent("li", "sun", 4)).await.unwrap();
    for (who, seen) in [("li", false), ("wang", true), ("zhao", true), ("sun", false)] {
        let mut client = cases!(suite, &by(who, "manager"));
        assert_eq!(client.get_case(get()).await.is_ok(), seen, "{who}");
    }
}

async fn uphold(suite: &TestSuite, case: &str) {
    let mut client = cases!(suite, &by("chief", "admin"));
    let name = format!("cases/{case}");
    let request = pb::AcknowledgeCaseRequest { name: name.clone(), ..Default::default() };
    client.acknowledge_case(request).await.unwrap();
    let request = pb::InvestigateCaseRequest { name: name.clone(), ..Default::default() };
    client.investigate_case(request).await.unwrap();
    let request = pb::RecordFindingRequest {
        name,
        investigation: Some(pb::Investigation {
            cause: "Shouted".to_owned(),
            evidence: evidence(),
            ..Default::default()
        }),
        ..Default::default()
    };
    client.record_finding(request).await.unwrap();
}

fn evidence() -> Vec<pb::Evidence> {
    vec![pb::Evidence { title: "Recording".to_owned(), ..Default::default() }]
}

fn conduct(case: &str, id: &str) -> pb::CreateConductRecordRequest {
    pb::CreateConductRecordRequest {
        parent: "employees/li".to_owned(),
        conduct_record: Some(pb::ConductRecord {
            case: format!("cases/{case}"),
            evidence: evidence(),
            ..Default::default()
        }),
        conduct_record_id: id.to_owned(),
        request_id: request_id(),
    }
}

async fn upheld_complaints_warn_penalise_and_escalate_with_the_right_of_reply(kind: Kind) {
    let suite = suite(kind).await;
    staff(&suite).await;
    let mut chief = employees!(suite, &by("chief", "manager"));
    complain(&suite, "k0", "", "").await;
    let other = chief.create_conduct_record(conduct("k0", "r0")).await.unwrap_err();
    assert_eq!(reason(&other), "NOT_ACCUSED");
    let steps =
        [pb::ConductStep::Warning, pb::ConductStep::Penalty, pb::ConductStep::DismissalReview];
    for (i, step) in steps.into_iter().enumerate() {
        let (case, id) = (format!("k{}", i + 1), format!("r{}", i + 1));
        complain(&suite, &case, "", "li").await;
        let early = chief.create_conduct_record(conduct(&case, &id)).await.unwrap_err();
        assert_eq!(reason(&early), "CONDUCT_NOT_UPHELD");
        uphold(&suite, &case).await;
        let made = chief.create_conduct_record(conduct(&case, &id)).await.unwrap().into_inner();
        assert_eq!(
            (made.name, made.step),
            (format!("employees/li/conductRecords/{id}"), step.into())
        );
    }
    let twice = chief.create_conduct_record(conduct("k1", "again")).await.unwrap_err();
    assert_eq!(reason(&twice), "CONDUCT_RECORDED");
    let bad = pb::CreateConductRecordRequest {
        conduct_record: Some(pb::ConductRecord::default()),
        ..conduct("k1", "bad")
    };
    let found = fields(&chief.create_conduct_record(bad).await.unwrap_err());
    assert_eq!(found, ["conduct_record.evidence", "conduct_record.case"]);
    let reply = |text: &str| pb::ReplyToConductRecordRequest {
        name: "employees/li/conductRecords/r1".to_owned(),
        reply: text.to_owned(),
        request_id: request_id(),
        ..Default::default()
    };
    let mut li = employees!(suite, &by("li", "agent"));
    li.reply_to_conduct_record(reply("It was loud in the hall.")).await.unwrap();
    let both = li.reply_to_conduct_record(reply("I am sorry.")).await.unwrap().into_inner();
    assert_eq!(both.reply, "It was loud in the hall.\n\nI am sorry.");
    assert_eq!(fields(&li.reply_to_conduct_record(reply(" ")).await.unwrap_err()), ["reply"]);
    let list = || pb::ListConductRecordsRequest {
        parent: "employees/li".to_owned(),
        ..Default::default()
    };
    let mine = li.list_conduct_records(list()).await.unwrap().into_inner();
    assert_eq!(mine.conduct_records.len(), 3);
    let mut sun = employees!(suite, &by("sun", "agent"));
    assert_eq!(sun.list_conduct_records(list()).await.unwrap_err().code(), Code::NotFound);
    let foreign = sun.reply_to_conduct_record(reply("He did worse.")).await.unwrap_err();
    assert_eq!(foreign.code(), Code::NotFound);
    let denied = sun.create_conduct_record(conduct("k1", "x")).await.unwrap_err();
    assert_eq!(denied.code(), Code::PermissionDenied);
}
