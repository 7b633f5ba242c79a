/** The pages of the photo-sharing service, made of its views, and the cache before them. */
package io.millrace.ops.pages;
