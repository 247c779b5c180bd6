// Command terraform-provider-external is a stand-in, for tests alone: it is not the provider of that name, which cannot be had
// as a Go module. It follows the documented protocol of that provider's data source case by case, and nothing else of it.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

func main() {
	// The address is only a label of this process; the mirror's folders decide what it serves as.
	options := providerserver.ServeOpts{Address: "keel.invalid/hashicorp/external", ProtocolVersion: 5}
	if err := providerserver.Serve(context.Background(), func() provider.Provider { return externalProvider{} }, options); err != nil {
		log.Fatal(err)
	}
}

// standIn has one data source and no settings.
type externalProvider struct{}

func (externalProvider) Metadata(_ context.Context, _ provider.MetadataRequest, response *provider.MetadataResponse) {
	response.TypeName = "external"
}

func (externalProvider) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (externalProvider) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (externalProvider) Resources(context.Context) []func() resource.Resource { return nil }

func (externalProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{func() datasource.DataSource { return external{} }}
}
