/**
 * What a policy file says: {@link io.millrace.scaling.policy.PolicyFile} reads {@code scaling.yaml} into a
 * {@link io.millrace.scaling.policy.ScalingPolicy}, a {@link io.millrace.scaling.policy.ServicePolicy} for each service, and finds every
 * mistake with its line and column. Records only; nothing here decides.
 */
package io.millrace.scaling.policy;
