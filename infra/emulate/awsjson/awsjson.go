// Package awsjson holds what the AWS JSON protocols 1.0 and 1.1 have in common.
package awsjson
