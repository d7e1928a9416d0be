/** A plain domain, which covers its subdomains, or a suffix such as `.gov`. No scheme, no path. */
export const domainPattern = /^\.?[a-z0-9_-]+(\.[a-z0-9_-]+)*$/i;
