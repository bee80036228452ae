/**
 * Whether the site around this page lets it use a feature (https://w3c.github.io/webappsec-permissions-policy/). Browsers
 * that do not tell are taken to allow it.
 *
 * @param feature by its name in the policy: `camera`, `display-capture`
 */
export function policyAllows(feature: string): boolean {
  const { permissionsPolicy, featurePolicy } = document as {
    permissionsPolicy?: Policy;
    /** What Chromium calls it. */
    featurePolicy?: Policy;
  };
  const policy = permissionsPolicy ?? featurePolicy;
  // A browser that does not know the feature has no policy for it.
  if (policy === undefined || !policy.features().includes(feature)) return true;
  return policy.allowsFeature(feature);
}

interface Policy {
  features(): string[];
  allowsFeature(feature: string): boolean;
}
