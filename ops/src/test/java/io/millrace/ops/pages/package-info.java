/** The pages of the photo-sharing service, and caches before them. */
package io.millrace.ops.pages;
