package template

// Places are how a golden writes what references to the resources that exist give: ${Id} and ${Id.Attribute}, by the
// name that the stack gives them. What Ref gives has the last word where an attribute gives the same.
func Places(stack string, kindsByID map[string]string) map[string]string {
	n := names{stack: stack}
	places := map[string]string{stack: "${AWS::StackName}"}
	for id, name := range kindsByID {
		k, ok := kinds[ofSAM(name)]
		if !ok {
			continue
		}
		for attribute, give := range k.attributes {
			if text, err := give(n, id); err == nil {
				places[text] = "${" + id + "." + attribute + "}"
			}
		}
		if text, err := k.ref(n, id); err == nil {
			places[text] = "${" + id + "}"
		}
	}
	return places
}

// ofSAM gives the type that SAM made another of.
func ofSAM(made string) string {
	switch made {
	case "AWS::Lambda::Function":
		return typeFunction
	case "AWS::ApiGatewayV2::Api":
		return typeHTTPAPI
	}
	return made
}
