import type { TokenEndpointAuthMethod } from 'pawl/http';
import type { PolicyName } from 'pawl/rotation';

/** A client or a resource server: metadata of RFC 7591, and members of ours. */
export interface ClientMetadata {
  readonly client_id: string;
  /** One, or several while one takes the place of another; absent for a public client. */
  readonly client_secret?: string | readonly string[] | undefined;
  readonly redirect_uris?: readonly string[] | undefined;
  readonly token_endpoint_auth_method?: TokenEndpointAuthMethod | undefined;
  readonly audiences?: readonly string[] | undefined;
  readonly access_seconds?: number | undefined;
  readonly policy?: ClientPolicy | undefined;
  readonly first_party?: boolean | undefined;
}

export interface ClientPolicy {
  readonly preset?: PolicyName | undefined;
  readonly on_reuse?: 'subject' | 'session' | undefined;
  readonly window_seconds?: number | undefined;
}

/**
 * Members of a registration that others have registered (the IANA registry of OAuth Dynamic Client Registration Metadata) and this server does not
 * read. They are passed over, so that one registration serves several servers.
 *
 * @see [RFC 7591 §2](https://www.rfc-editor.org/rfc/rfc7591.html#section-2)
 */
export const foreignMembers: ReadonlySet<string> = new Set([
  'application_type',
  'authorization_details_types',
  'authorization_encrypted_response_alg',
  'authorization_encrypted_response_enc',
  'authorization_signed_response_alg',
  'backchannel_authentication_request_signing_alg',
  'backchannel_client_notification_endpoint',
  'backchannel_logout_session_required',
  'backchannel_logout_uri',
  'backchannel_token_delivery_mode',
  'backchannel_user_code_parameter',
  'client_id_issued_at',
  'client_name',
  'client_registration_types',
  'client_secret_expires_at',
  'client_uri',
  'contacts',
  'default_acr_values',
  'default_max_age',
  'dpop_bound_access_tokens',
  'frontchannel_logout_session_required',
  'frontchannel_logout_uri',
  'grant_types',
  'id_token_encrypted_response_alg',
  'id_token_encrypted_response_enc',
  'id_token_signed_response_alg',
  'initiate_login_uri',
  'introspection_encrypted_response_alg',
  'introspection_encrypted_response_enc',
  'introspection_signed_response_alg',
  'jwks',
  'jwks_uri',
  'logo_uri',
  'nfv_token_encrypted_response_alg',
  'nfv_token_encrypted_response_enc',
  'nfv_token_signed_response_alg',
  'organization_name',
  'policy_uri',
  'post_logout_redirect_uris',
  'registration_access_token',
  'registration_client_uri',
  'request_object_encryption_alg',
  'request_object_encryption_enc',
  'request_object_signing_alg',
  'request_uris',
  'require_auth_time',
  'require_pushed_authorization_requests',
  'require_signed_request_object',
  'response_modes',
  'response_types',
  'scope',
  'sector_identifier_uri',
  'signed_jwks_uri',
  'software_id',
  'software_statement',
  'software_version',
  'subject_type',
  'tls_client_auth_san_dns',
  'tls_client_auth_san_email',
  'tls_client_auth_san_ip',
  'tls_client_auth_san_uri',
  'tls_client_auth_subject_dn',
  'tls_client_certificate_bound_access_tokens',
  'token_endpoint_auth_signing_alg',
  'tos_uri',
  'use_mtls_endpoint_aliases',
  'userinfo_encrypted_response_alg',
  'userinfo_encrypted_response_enc',
  'userinfo_signed_response_alg',
]);
