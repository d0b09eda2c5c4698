package post

// The closed sets of the record. Each type gives its values, so that the API's
// document and the tools for agents list what there is, and no more.

// Statuses are all statuses, in the order of a post's life.
func Statuses() []Status {
	return []Status{Draft, Scheduled, Publishing, Published, Failed, Cancelled, Missed, Deleting, Deleted}
}

// SubStatuses are all sub-statuses.
func SubStatuses() []SubStatus {
	return []SubStatus{
		Retry1, Retry2, Retry3, RateLimited, MediaUploading, MediaUploaded, ThreadPartial, Reconciling, Paused, Unknown,
	}
}

// TweetStatuses are all statuses of tweets.
func TweetStatuses() []TweetStatus {
	return []TweetStatus{TweetPending, TweetAttempting, TweetPublished, TweetDeleted}
}

// Values are all statuses.
func (Status) Values() []string { return texts(Statuses()) }

// Values are all sub-statuses.
func (SubStatus) Values() []string { return texts(SubStatuses()) }

// Values are all statuses of tweets.
func (TweetStatus) Values() []string { return texts(TweetStatuses()) }

// Values are all actions.
func (Action) Values() []string { return texts(Actions()) }

// texts are values as texts.
func texts[T ~string](values []T) []string {
	all := make([]string, len(values))
	for i, v := range values {
		all[i] = string(v)
	}
	return all
}
