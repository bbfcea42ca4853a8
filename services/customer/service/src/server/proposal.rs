//! Proposals, authority over them, and suggestions.

use super::{Server, asked, read, write};
use crate::handler::{authority, guidance, proposal, setting};
use aftercare_api::aftercare::customer::v1 as pb;
use aftercare_customer_domain::case::{
    AuthorityLimit, Delegation, KnowledgeArticle, RemedyRule, ReplyTemplate,
};
use tonic::{Request, Response, Status};

#[tonic::async_trait]
impl pb::proposal_service_server::ProposalService for Server {
    async fn create_proposal(
        &self,
        request: Request<pb::CreateProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::create(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn get_proposal(
        &self,
        request: Request<pb::GetProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        read!(self, request, |db, actor, asked| proposal::get(db, actor, asked))
    }

    async fn list_proposals(
        &self,
        request: Request<pb::ListProposalsRequest>,
    ) -> Result<Response<pb::ListProposalsResponse>, Status> {
        read!(self, request, |db, actor, asked| proposal::list(db, &self.pager, actor, asked))
    }

    async fn submit_proposal(
        &self,
        request: Request<pb::SubmitProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::submit(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn approve_proposal(
        &self,
        request: Request<pb::ApproveProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::approve(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn return_proposal(
        &self,
        request: Request<pb::ReturnProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::return_to_proposer(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn offer_proposal(
        &self,
        request: Request<pb::OfferProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::offer(db, &self.timelines, actor, asked))
    }

    async fn confirm_proposal(
        &self,
        request: Request<pb::ConfirmProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::confirm(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn reject_proposal(
        &self,
        request: Request<pb::RejectProposalRequest>,
    ) -> Result<Response<pb::Proposal>, Status> {
        write!(self, request, |db, actor, asked| proposal::reject(
            db,
            &self.timelines,
            actor,
            asked
        ))
    }

    async fn get_authority(
        &self,
        request: Request<pb::GetAuthorityRequest>,
    ) -> Result<Response<pb::GetAuthorityResponse>, Status> {
        read!(self, request, |db, actor, asked| authority::get_authority(db, actor, asked))
    }

    async fn suggest_remedies(
        &self,
        request: Request<pb::SuggestRemediesRequest>,
    ) -> Result<Response<pb::SuggestRemediesResponse>, Status> {
        read!(self, request, |db, actor, asked| guidance::remedies(db, actor, asked))
    }

    async fn suggest_replies(
        &self,
        request: Request<pb::SuggestRepliesRequest>,
    ) -> Result<Response<pb::SuggestRepliesResponse>, Status> {
        read!(self, request, |db, actor, asked| guidance::replies(db, actor, asked))
    }

    async fn suggest_articles(
        &self,
        request: Request<pb::SuggestArticlesRequest>,
    ) -> Result<Response<pb::SuggestArticlesResponse>, Status> {
        read!(self, request, |db, actor, asked| guidance::articles(db, actor, asked))
    }

    async fn get_authority_limit(
        &self,
        request: Request<pb::GetAuthorityLimitRequest>,
    ) -> Result<Response<pb::AuthorityLimit>, Status> {
        read!(self, request, |db, actor, asked| setting::get::<AuthorityLimit>(
            db,
            actor,
            &asked.name
        ))
    }

    async fn list_authority_limits(
        &self,
        request: Request<pb::ListAuthorityLimitsRequest>,
    ) -> Result<Response<pb::ListAuthorityLimitsResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<AuthorityLimit>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListAuthorityLimitsResponse { authority_limits: page, next_page_token })
        })
    }

    async fn create_authority_limit(
        &self,
        request: Request<pb::CreateAuthorityLimitRequest>,
    ) -> Result<Response<pb::AuthorityLimit>, Status> {
        write!(self, request, |db, actor, asked| setting::create::<AuthorityLimit>(
            db,
            actor,
            (asked.authority_limit.as_ref(), &asked.authority_limit_id, "authority_limit_id")
        ))
    }

    async fn update_authority_limit(
        &self,
        request: Request<pb::UpdateAuthorityLimitRequest>,
    ) -> Result<Response<pb::AuthorityLimit>, Status> {
        write!(self, request, |db, actor, asked| setting::update::<AuthorityLimit>(
            db,
            actor,
            (asked.authority_limit.as_ref(), asked.update_mask.as_ref(), asked.allow_missing)
        ))
    }

    async fn delete_authority_limit(
        &self,
        request: Request<pb::DeleteAuthorityLimitRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| setting::delete::<AuthorityLimit>(
            db,
            actor,
            (&asked.name, &asked.etag)
        ))
    }

    async fn list_delegations(
        &self,
        request: Request<pb::ListDelegationsRequest>,
    ) -> Result<Response<pb::ListDelegationsResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<Delegation>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListDelegationsResponse { delegations: page, next_page_token })
        })
    }

    async fn create_delegation(
        &self,
        request: Request<pb::CreateDelegationRequest>,
    ) -> Result<Response<pb::Delegation>, Status> {
        write!(self, request, |db, actor, asked| authority::create_delegation(db, actor, asked))
    }

    async fn delete_delegation(
        &self,
        request: Request<pb::DeleteDelegationRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| setting::delete::<Delegation>(
            db,
            actor,
            (&asked.name, &asked.etag)
        ))
    }

    async fn list_reply_templates(
        &self,
        request: Request<pb::ListReplyTemplatesRequest>,
    ) -> Result<Response<pb::ListReplyTemplatesResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<ReplyTemplate>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListReplyTemplatesResponse { reply_templates: page, next_page_token })
        })
    }

    async fn update_reply_template(
        &self,
        request: Request<pb::UpdateReplyTemplateRequest>,
    ) -> Result<Response<pb::ReplyTemplate>, Status> {
        write!(self, request, |db, actor, asked| setting::update::<ReplyTemplate>(
            db,
            actor,
            (asked.reply_template.as_ref(), asked.update_mask.as_ref(), asked.allow_missing)
        ))
    }

    async fn delete_reply_template(
        &self,
        request: Request<pb::DeleteReplyTemplateRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| setting::delete::<ReplyTemplate>(
            db,
            actor,
            (&asked.name, &asked.etag)
        ))
    }

    async fn list_knowledge_articles(
        &self,
        request: Request<pb::ListKnowledgeArticlesRequest>,
    ) -> Result<Response<pb::ListKnowledgeArticlesResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<KnowledgeArticle>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListKnowledgeArticlesResponse { knowledge_articles: page, next_page_token })
        })
    }

    async fn update_knowledge_article(
        &self,
        request: Request<pb::UpdateKnowledgeArticleRequest>,
    ) -> Result<Response<pb::KnowledgeArticle>, Status> {
        write!(self, request, |db, actor, asked| setting::update::<KnowledgeArticle>(
            db,
            actor,
            (asked.knowledge_article.as_ref(), asked.update_mask.as_ref(), asked.allow_missing)
        ))
    }

    async fn delete_knowledge_article(
        &self,
        request: Request<pb::DeleteKnowledgeArticleRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| setting::delete::<KnowledgeArticle>(
            db,
            actor,
            (&asked.name, &asked.etag)
        ))
    }

    async fn list_remedy_rules(
        &self,
        request: Request<pb::ListRemedyRulesRequest>,
    ) -> Result<Response<pb::ListRemedyRulesResponse>, Status> {
        read!(self, request, |db, actor, asked| async {
            let (page, next_page_token) =
                setting::list::<RemedyRule>(db, &self.pager, actor, &asked!(asked)).await?;
            Ok(pb::ListRemedyRulesResponse { remedy_rules: page, next_page_token })
        })
    }

    async fn update_remedy_rule(
        &self,
        request: Request<pb::UpdateRemedyRuleRequest>,
    ) -> Result<Response<pb::RemedyRule>, Status> {
        write!(self, request, |db, actor, asked| setting::update::<RemedyRule>(
            db,
            actor,
            (asked.remedy_rule.as_ref(), asked.update_mask.as_ref(), asked.allow_missing)
        ))
    }

    async fn delete_remedy_rule(
        &self,
        request: Request<pb::DeleteRemedyRuleRequest>,
    ) -> Result<Response<()>, Status> {
        write!(self, request, |db, actor, asked| setting::delete::<RemedyRule>(
            db,
            actor,
            (&asked.name, &asked.etag)
        ))
    }
}
